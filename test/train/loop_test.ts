import { assertEquals, assertRejects } from "@std/assert";
import { RunError } from "../../lib/errors.ts";
import type { Batch, Position } from "../../lib/exec/network.ts";
import { evaluate } from "../../lib/train/evaluate.ts";
import { train, type TrainOptions } from "../../lib/train/loop.ts";
import { rateAt, type Schedule } from "../../lib/train/schedule.ts";
import { initialState, type TrainingState } from "../../lib/train/state.ts";
import type { TraceRecord } from "../../lib/train/trace.ts";
import { weightsSha256 } from "../../lib/train/weights_hash.ts";
import { DoubleNetwork, smallSplit } from "./double.ts";
import { timelessHistory } from "./timeless.ts";

function options(network: DoubleNetwork, more: Partial<TrainOptions> = {}): TrainOptions {
  return { network, split: smallSplit(19), batch: 8, images: 38, seed: 3, ...more };
}

Deno.test("loop: every image once an epoch, a smaller last batch, steps and rates in order", async () => {
  const network = new DoubleNetwork();
  const state = await train(options(network));
  assertEquals(network.steps, [
    { step: 0, rate: 65536, count: 8 },
    { step: 1, rate: 65536, count: 8 },
    { step: 2, rate: 65536, count: 3 },
    { step: 3, rate: 16384, count: 8 },
    { step: 4, rate: 16384, count: 8 },
    { step: 5, rate: 1024, count: 3 },
  ]);
  assertEquals([state.step, state.images, state.history.length], [6, 38, 2]);
  assertEquals(state.history.map(({ epoch }) => epoch), [1, 2]);
  const [first, second] = state.history.map(({ seconds }) => seconds!);
  assertEquals([0 < first!, first! < second!, second], [true, true, state.seconds]);
});

Deno.test("loop: a budget of images ends within an epoch and within a batch", async () => {
  const network = new DoubleNetwork();
  network.loss = 4;
  const state = await train(options(network, { images: 30, schedule: { kind: "step", at: [], divisor: 2 } }));
  assertEquals(network.steps.map(({ count }) => count), [8, 8, 3, 8, 3]);
  assertEquals([state.images, state.history.map(({ trainLoss }) => trainLoss)], [30, [12 / 19, 8 / 11]]);
});

Deno.test("loop: rates are those of the schedule at the images seen, times the factor", async () => {
  const network = new DoubleNetwork();
  const schedule: Schedule = { kind: "cosine" };
  await train(options(network, { schedule, learningRate: 1.5 }));
  const seen = [0, 8, 16, 19, 27, 35];
  assertEquals(
    network.steps.map(({ rate }) => rate),
    seen.map((images) => Math.floor(rateAt(schedule, images, 38) * 1.5)),
  );
});

Deno.test("loop: a warm-up counts steps, over epochs, stopped or not, under both kinds of schedule", async () => {
  const schedules: Schedule[] = [{ kind: "cosine" }, { kind: "step", at: [60], divisor: 2 }];
  for (const schedule of schedules) {
    const unbroken = new DoubleNetwork();
    await train(options(unbroken, { schedule, warmup: 5, learningRate: 0.5 }));
    const seen = [0, 8, 16, 19, 27, 35];
    assertEquals(
      unbroken.steps.map(({ rate }) => rate),
      seen.map((images, step) => {
        const whole = rateAt(schedule, images, 38);
        return Math.floor((step < 5 ? Math.floor(whole * (step + 1) / 5) : whole) / 2);
      }),
    );
    const plain = new DoubleNetwork(), none = new DoubleNetwork();
    await train(options(plain, { schedule }));
    await train(options(none, { schedule, warmup: 0 }));
    assertEquals(none.steps, plain.steps);
    const stop = new AbortController();
    const onStep = ({ step }: { step: number }) => step === 2 && stop.abort();
    const first = new DoubleNetwork(), second = new DoubleNetwork();
    const more = { schedule, warmup: 5, learningRate: 0.5 };
    const state = await train(options(first, { ...more, signal: stop.signal, onStep }));
    await train(options(second, { ...more, state }));
    assertEquals([...first.steps, ...second.steps], unbroken.steps);
  }
});

const PLAIN = { crop: 0, padding: 0, flip: false, mixup: false };

Deno.test("loop: images are varied by seed, epoch and image, and mixed", async () => {
  const hash = async (more: Partial<TrainOptions>) => {
    const network = new DoubleNetwork();
    await train(options(network, more));
    return await weightsSha256(network.state());
  };
  const augmentation = { crop: 1, padding: 0, flip: true, mixup: true };
  assertEquals(await hash({ augmentation }), await hash({ augmentation }));
  const all = [
    ...[{}, { augmentation }, { augmentation: { ...PLAIN, crop: 1 } }, { augmentation: { ...PLAIN, flip: true } }],
    { augmentation: { ...PLAIN, mixup: true } },
  ];
  assertEquals(new Set(await Promise.all(all.map(hash))).size, all.length);
  assertEquals(await hash({ augmentation: PLAIN }), await hash({}));
});

Deno.test("loop: labels are smoothed in training, by whole parts of 256, in every step", async () => {
  class Smoothed extends DoubleNetwork {
    readonly smoothings: (number | undefined)[] = [];
    override trainStep(batch: Batch, position: Position) {
      this.smoothings.push(batch.smoothing);
      return super.trainStep(batch, position);
    }
  }
  const smoothings = async (smoothing: number) => {
    const network = new Smoothed();
    await train(options(network, { smoothing, images: 19 }));
    return network.smoothings;
  };
  assertEquals(await smoothings(0.1), [26, 26, 26]);
  assertEquals(await smoothings(1 / 512), [1, 1, 1]);
  assertEquals(await smoothings(0), [undefined, undefined, undefined]);
});

Deno.test("loop: an epoch's record is the mean over its images", async () => {
  const network = new DoubleNetwork();
  network.loss = 4;
  const state = await train(options(network));
  assertEquals(state.history.map(({ trainLoss }) => trainLoss), [12 / 19, 12 / 19]);
  assertEquals([state.epochLossSum, state.epochCorrect], [0, 0]);
});

Deno.test("loop: stopped after any step and resumed, it ends in the same weights", async () => {
  const augmentation = { crop: 1, padding: 0, flip: true, mixup: true };
  const unbroken = new DoubleNetwork();
  const whole = await train(options(unbroken, { augmentation }));
  const hash = await weightsSha256(unbroken.state());
  for (let stopAfter = 1; stopAfter < 6; stopAfter++) {
    const first = new DoubleNetwork();
    const stop = new AbortController();
    const onStep = ({ step }: { step: number }) => step === stopAfter && stop.abort();
    const state = await train(options(first, { augmentation, signal: stop.signal, onStep }));
    assertEquals(state.step, stopAfter);

    const second = new DoubleNetwork();
    second.restore(first.state());
    const rest = await train(options(second, { augmentation, state }));
    assertEquals([...first.steps, ...second.steps], unbroken.steps);
    const timeless = (state: TrainingState) => ({ ...state, seconds: 0, history: timelessHistory(state.history) });
    assertEquals(timeless(rest), timeless(whole));
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

Deno.test("loop: every so many steps are traced, where the network can", async () => {
  const records: unknown[] = [];
  const trace = { every: 2, onRecord: (record: TraceRecord) => records.push(record) };
  await train(options(new DoubleNetwork(), { trace }));
  assertEquals(records, []);
  class Traced extends DoubleNetwork {
    traceStep(batch: Batch, position: Position) {
      return { metrics: this.trainStep(batch, position), tensors: [] };
    }
  }
  const network = new Traced();
  network.loss = 4;
  await train(options(network, { trace }));
  const common = { method: "double", tensors: [] };
  assertEquals(records, [
    { ...common, step: 2, images: 16, rate: 65536, loss: 0.5 },
    { ...common, step: 4, images: 27, rate: 16384, loss: 0.5 },
    { ...common, step: 6, images: 38, rate: 1024, loss: 4 / 3 },
  ]);
});

Deno.test("loop: a loss that is no number fails the run", async () => {
  const network = new DoubleNetwork();
  network.loss = NaN;
  await assertRejects(() => train(options(network)), RunError, "double diverged: the loss is NaN at step 0");
});

Deno.test("evaluate: every image once, in batches after each of which it can stop", async () => {
  const network = new DoubleNetwork();
  const result = await evaluate(network, smallSplit(230));
  assertEquals(network.evaluated, [100, 100, 30]);
  assertEquals(result?.accuracy, result!.correct / 230);
  assertEquals(result?.count, 230);
});

Deno.test("evaluate: a signal stops it without a result", async () => {
  assertEquals(await evaluate(new DoubleNetwork(), smallSplit(5), AbortSignal.abort()), undefined);
});

Deno.test("loop: an option outside its range is refused by its name, and nothing is trained", async () => {
  const wrong: { readonly [K in keyof TrainOptions]?: readonly TrainOptions[K][] } = {
    batch: [0, -1, 1.5, NaN, Infinity],
    // A part of an image would never be seen.
    images: [-1, 1.5, NaN, Infinity, 2 ** 53],
    seed: [-1, 1.5, NaN, 2 ** 32],
    warmup: [-1, 1.5, NaN],
    learningRate: [0, -1, NaN, 256.5, Infinity],
    smoothing: [-0.1, 1.1, NaN],
  };
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      const network = new DoubleNetwork();
      await assertRejects(() => train(options(network, { [name]: value })), RangeError, `${name}: ${value} is not`);
      assertEquals(network.steps, []);
    }
  }
});
