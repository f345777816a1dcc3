import { assertEquals, assertRejects } from "@std/assert";
import { RunError } from "../../lib/errors.ts";
import { EVALUATION_BATCH } from "../../lib/exec/network.ts";
import { evaluate } from "../../lib/train/evaluate.ts";
import { train, type TrainOptions } from "../../lib/train/loop.ts";
import { initialState } from "../../lib/train/state.ts";
import { weightsSha256 } from "../../lib/train/weights_hash.ts";
import { DoubleNetwork, smallSplit } from "./double.ts";

function options(network: DoubleNetwork, more: Partial<TrainOptions> = {}): TrainOptions {
  return { network, split: smallSplit(19), batch: 8, epochs: 2, seed: 3, ...more };
}

Deno.test("loop: every image once an epoch, a smaller last batch, steps and decays in order", async () => {
  const network = new DoubleNetwork();
  const state = await train(options(network));
  assertEquals(network.steps, [
    { step: 0, decays: 0, count: 8 },
    { step: 1, decays: 0, count: 8 },
    { step: 2, decays: 0, count: 3 },
    { step: 3, decays: 1, count: 8 },
    { step: 4, decays: 1, count: 8 },
    { step: 5, decays: 3, count: 3 },
  ]);
  assertEquals([state.step, state.images, state.history.length], [6, 38, 2]);
  assertEquals(state.history.map(({ epoch }) => epoch), [1, 2]);
});

Deno.test("loop: an epoch's record is the mean over its images", async () => {
  const network = new DoubleNetwork();
  network.loss = 4;
  const state = await train(options(network));
  assertEquals(state.history.map(({ trainLoss }) => trainLoss), [12 / 19, 12 / 19]);
  assertEquals([state.epochLossSum, state.epochCorrect], [0, 0]);
});

Deno.test("loop: stopped after any step and resumed, it ends in the same weights", async () => {
  const unbroken = new DoubleNetwork();
  const whole = await train(options(unbroken));
  const hash = await weightsSha256(unbroken.state());
  for (let stopAfter = 1; stopAfter < 6; stopAfter++) {
    const first = new DoubleNetwork();
    const stop = new AbortController();
    const onStep = ({ step }: { step: number }) => step === stopAfter && stop.abort();
    const state = await train(options(first, { signal: stop.signal, onStep }));
    assertEquals(state.step, stopAfter);

    const second = new DoubleNetwork();
    second.restore(first.state());
    const rest = await train(options(second, { state }));
    assertEquals([...first.steps, ...second.steps], unbroken.steps);
    assertEquals({ ...rest, seconds: 0 }, { ...whole, seconds: 0 });
    assertEquals(await weightsSha256(second.state()), hash);
  }
});

Deno.test("loop: the state it was given is left alone", async () => {
  const state = initialState();
  await train(options(new DoubleNetwork(), { state }));
  assertEquals(state, initialState());
});

Deno.test("loop: the order of images depends on the seed", async () => {
  const hashes = await Promise.all([3, 4].map(async (seed) => {
    const network = new DoubleNetwork();
    await train(options(network, { seed }));
    return weightsSha256(network.state());
  }));
  assertEquals(new Set(hashes).size, 2);
});

Deno.test("loop: a loss that is no number fails the run", async () => {
  const network = new DoubleNetwork();
  network.loss = NaN;
  await assertRejects(() => train(options(network)), RunError, "double diverged: the loss is NaN at step 0");
});

Deno.test("evaluate: every image once in batches of the fixed size", async () => {
  const network = new DoubleNetwork();
  const result = await evaluate(network, smallSplit(2 * EVALUATION_BATCH + 30));
  assertEquals(network.evaluated, [EVALUATION_BATCH, EVALUATION_BATCH, 30]);
  assertEquals(result?.accuracy, result!.correct / 230);
  assertEquals(result?.count, 230);
});

Deno.test("evaluate: a signal stops it without a result", async () => {
  assertEquals(await evaluate(new DoubleNetwork(), smallSplit(5), AbortSignal.abort()), undefined);
});
