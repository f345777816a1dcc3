import { assert, assertEquals, assertRejects } from "@std/assert";
import { RunError, UserError } from "../../lib/errors.ts";
import { checkpointFiles, loadCheckpoint } from "../../lib/train/checkpoint_files.ts";
import type { CheckpointPolicy } from "../../lib/train/checkpoint_writer.ts";
import { run, type RunOptions } from "../../lib/train/run.ts";
import { sampleConfig as config } from "./config.ts";
import { DoubleNetwork, smallDataset } from "./double.ts";
import { timelessHistory } from "./timeless.ts";

function policyOf(path: string): CheckpointPolicy {
  return { path, keep: 1, every: { unit: "seconds", count: 3600 } };
}

async function withCheckpoint(test: (options: RunOptions & { network: DoubleNetwork }) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  const network = new DoubleNetwork();
  await test({ network, dataset: smallDataset(19, 7), config, checkpoints: policyOf(`${folder}/c`) });
  await Deno.remove(folder, { recursive: true });
}

Deno.test("run: trains, tests, and leaves the checkpoint of its end", () =>
  withCheckpoint(async (options) => {
    const outcome = await run(options);
    assert(outcome !== undefined);
    assertEquals(outcome.evaluation.count, 7);
    const saved = await loadCheckpoint(options.checkpoints.path);
    assertEquals(saved, { config, state: outcome.state, entries: options.network.state() });
  }));

Deno.test("run: interrupted, the checkpoint goes on to the same end", () =>
  withCheckpoint(async (options) => {
    const whole = await run(options);
    const stop = new AbortController();
    const network = new DoubleNetwork();
    const onStep = ({ step }: { step: number }) => step === 4 && stop.abort();
    assertEquals(await run({ ...options, network, signal: stop.signal, onStep }), undefined);

    const { state, entries } = await loadCheckpoint(options.checkpoints.path);
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
    const { state } = await loadCheckpoint(options.checkpoints.path);
    const network = new DoubleNetwork();
    assert(await run({ ...options, network, state }) !== undefined);
    assertEquals(network.steps, []);
  }));

Deno.test("run: checkpoints within an epoch, as many kept as asked, each going on to the same end", () =>
  withCheckpoint(async (options) => {
    const whole = await run(options);
    const checkpoints: CheckpointPolicy = {
      path: `${options.checkpoints.path}k`,
      keep: 4,
      every: { unit: "steps", count: 2 },
    };
    await run({ ...options, network: new DoubleNetwork(), checkpoints });
    const files = await checkpointFiles(checkpoints.path);
    const kept = await Promise.all(files.map(loadCheckpoint));
    // An epoch has 3 steps: after 2, at its end, 2 later, at the end.
    assertEquals(kept.map(({ state }) => state.step), [6, 5, 3, 2]);
    for (const { state, entries } of kept) {
      const network = new DoubleNetwork();
      network.restore(entries);
      const rest = await run({ ...options, network, state });
      assertEquals(rest?.weightsSha256, whole?.weightsSha256);
      assertEquals(timelessHistory(rest!.state.history), timelessHistory(whole!.state.history));
    }
  }));

Deno.test("run: a checkpoint by the clock", () =>
  withCheckpoint(async (options) => {
    const saved: number[] = [];
    const path = options.checkpoints.path;
    const onStep = ({ step }: { step: number }) => saved[step] = countAt(path);
    const checkpoints: CheckpointPolicy = { path, keep: 1, every: { unit: "seconds", count: 0 } };
    await run({ ...options, checkpoints, onStep });
    assertEquals(saved.slice(1), [0, 1, 1, 1, 1, 1]);
  }));

Deno.test("run: a checkpoint that cannot be written stops it in one line that says what is left", () =>
  withCheckpoint(async (options) => {
    const folder = options.checkpoints.path.slice(0, -2);
    const onStep = ({ step }: { step: number }) => void (step === 5 && Deno.removeSync(folder, { recursive: true }));
    const { message } = await assertRejects(() => run({ ...options, onStep }), UserError, "cannot write");
    assert(message.endsWith("; stopped after 6 steps, the last checkpoint is of step 3"), message);
    await Deno.mkdir(folder);
    await Deno.symlink("/dev/full", `${options.checkpoints.path}.tmp`);
    const full = await assertRejects(
      () => run({ ...options, network: new DoubleNetwork() }),
      RunError,
      "No space left",
    );
    assert(full.message.endsWith("; stopped after 3 steps, there is no checkpoint yet"), full.message);
  }));

Deno.test("run: tests every so many epochs, whether stopped or not, and trains the same", () =>
  withCheckpoint(async (options) => {
    const plain = await run(options);
    const config = { ...options.config, epochs: 5 };
    const tested = async (evaluateEvery: number, stopAt?: number) => {
      const network = new DoubleNetwork();
      const stop = new AbortController();
      const onStep = ({ step }: { step: number }) => step === stopAt && stop.abort();
      const checkpoints = policyOf(`${options.checkpoints.path}-${evaluateEvery}-${stopAt}`);
      const first = await run({ ...options, network, config, checkpoints, evaluateEvery, signal: stop.signal, onStep });
      if (stopAt === undefined) return first!;
      const { state, entries } = await loadCheckpoint(checkpoints.path);
      const second = new DoubleNetwork();
      second.restore(entries);
      return (await run({ ...options, network: second, config, checkpoints, evaluateEvery, state }))!;
    };
    const twice = await tested(2);
    assertEquals(twice.state.history.map(({ testAccuracy }) => testAccuracy !== undefined), [
      false,
      true,
      false,
      true,
      false,
    ]);
    const each = await tested(1);
    assertEquals(each.state.history.at(-1)!.testAccuracy, each.evaluation.accuracy);
    assertEquals(each.weightsSha256, twice.weightsSha256);
    assertEquals(plain!.state.history.every((epoch) => !("testAccuracy" in epoch)), true);
    // An epoch has 3 steps; 6 is the end of the second, whose test the signal cuts off.
    for (const stopAt of [4, 6]) {
      const { history } = (await tested(2, stopAt)).state;
      assertEquals(timelessHistory(history), timelessHistory(twice.state.history));
    }
  }));

/** 1 when there is a file, else 0. */
function countAt(path: string): number {
  try {
    return Number(Deno.statSync(path).isFile);
  } catch {
    return 0;
  }
}
