import { assert, assertEquals } from "@std/assert";
import { loadCheckpoint } from "../../lib/train/checkpoint.ts";
import { run, type RunOptions } from "../../lib/train/run.ts";
import { sampleConfig as config } from "./config.ts";
import { DoubleNetwork, smallDataset } from "./double.ts";

async function withCheckpoint(test: (options: RunOptions & { network: DoubleNetwork }) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  const network = new DoubleNetwork();
  await test({ network, dataset: smallDataset(19, 7), config, checkpoint: `${folder}/c` });
  await Deno.remove(folder, { recursive: true });
}

Deno.test("run: trains, tests, and leaves the checkpoint of its end", () =>
  withCheckpoint(async (options) => {
    const outcome = await run(options);
    assert(outcome !== undefined);
    assertEquals(outcome.evaluation.count, 7);
    const saved = await loadCheckpoint(options.checkpoint);
    assertEquals(saved, { config, state: outcome.state, entries: options.network.state() });
  }));

Deno.test("run: interrupted, the checkpoint goes on to the same end", () =>
  withCheckpoint(async (options) => {
    const whole = await run(options);
    const stop = new AbortController();
    const network = new DoubleNetwork();
    const onStep = ({ step }: { step: number }) => step === 4 && stop.abort();
    assertEquals(await run({ ...options, network, signal: stop.signal, onStep }), undefined);

    const { state, entries } = await loadCheckpoint(options.checkpoint);
    assertEquals(state.step, 4);
    const resumed = new DoubleNetwork();
    resumed.restore(entries);
    const rest = await run({ ...options, network: resumed, state });
    assertEquals(rest?.weightsSha256, whole?.weightsSha256);
    assertEquals(rest?.evaluation.correct, whole?.evaluation.correct);
  }));

Deno.test("run: interrupted while testing, nothing is trained again", () =>
  withCheckpoint(async (options) => {
    const stop = new AbortController();
    const onStep = ({ step }: { step: number }) => step === 6 && stop.abort();
    assertEquals(await run({ ...options, signal: stop.signal, onStep }), undefined);
    const { state } = await loadCheckpoint(options.checkpoint);
    const network = new DoubleNetwork();
    assert(await run({ ...options, network, state }) !== undefined);
    assertEquals(network.steps, []);
  }));
