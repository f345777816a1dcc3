import { assert, assertEquals, assertRejects } from "@std/assert";
import { RunError, UserError } from "../../lib/errors.ts";
import { checkpointFiles, loadCheckpoint } from "../../lib/train/checkpoint_files.ts";
import type { Batch, Position } from "../../lib/exec/network.ts";
import type { Averaging } from "../../lib/train/average.ts";
import type { CheckpointPolicy } from "../../lib/train/checkpoint_writer.ts";
import { run, type RunOptions } from "../../lib/train/run.ts";
import { weightsSha256 } from "../../lib/train/weights_hash.ts";
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

Deno.test("run: averaged weights are the mean at ends of epochs, or of steps, and of the end; training goes on without them", () =>
  withCheckpoint(async (options) => {
    const states: Int32Array[] = [];
    class Recorded extends DoubleNetwork {
      override trainStep(batch: Batch, position: Position) {
        const metrics = super.trainStep(batch, position);
        states.push(new Int32Array(new Uint8Array(this.state()[0]!.bytes).buffer));
        return metrics;
      }
    }
    const plain = await run({ ...options, config: { ...options.config, epochs: 4 } });
    const all = async (average: Averaging) => {
      states.length = 0;
      const network = new Recorded();
      const path = `${options.checkpoints.path}-${average.from}-${average.every}`;
      const config = { ...options.config, epochs: 4, average };
      const outcome = await run({ ...options, network, config, checkpoints: policyOf(path) });
      assertEquals(outcome!.weightsSha256, plain!.weightsSha256);
      assertEquals(outcome!.evaluation.correct, plain!.evaluation.correct);
      assertEquals(await weightsSha256(network.state()), plain!.weightsSha256);
      assertEquals(outcome!.bytes.optimizer, plain!.bytes.optimizer + 6 * 8);
      return outcome!.averaged!;
    };
    /** The hash of the mean after these steps, of 12. */
    const meanAfter = async (...steps: number[]) => {
      const network = new DoubleNetwork();
      const bytes = new Uint8Array(
        Int32Array.from({ length: 6 }, (_, i) => {
          const sum = steps.reduce((sum, step) => sum + BigInt(states[step - 1]![i]!), 0n);
          return Math.floor(Number(2n * sum + BigInt(steps.length)) / (2 * steps.length));
        }).buffer,
      );
      network.restore([{ ...network.state()[0]!, bytes }]);
      return { samples: steps.length, weightsSha256: await weightsSha256(network.state()) };
    };
    // An epoch has 3 steps and 19 images; 76 images in all.
    for (
      const [average, ...steps] of [
        [{ from: 50, every: null }, 6, 9, 12],
        [{ from: 51, every: null }, 9, 12],
        [{ from: 99, every: null }, 12],
        [{ from: 0, every: 5 }, 5, 10, 12],
        [{ from: 60, every: 4 }, 8, 12],
      ] as const
    ) {
      const { samples, weightsSha256: hash } = await all(average);
      assertEquals({ samples, weightsSha256: hash }, await meanAfter(...steps), JSON.stringify(average));
    }
  }));

Deno.test("run: stopped after any step and resumed, averaged weights are the same", () =>
  withCheckpoint(async (options) => {
    const config = { ...options.config, epochs: 3, average: { from: 20, every: 2 } };
    const whole = await run({ ...options, config });
    assertEquals(whole!.averaged!.samples, 5);
    for (let stopAt = 1; stopAt <= 9; stopAt++) {
      const checkpoints = policyOf(`${options.checkpoints.path}-${stopAt}`);
      const stop = new AbortController();
      const onStep = ({ step }: { step: number }) => step === stopAt && stop.abort();
      const first = { ...options, network: new DoubleNetwork(), config, checkpoints, signal: stop.signal, onStep };
      assertEquals(await run(first), undefined);
      const { state, entries, sums } = await loadCheckpoint(checkpoints.path);
      assertEquals(sums?.samples ?? 0, [0, 1, 1, 2, 2, 3, 3, 4, 5][stopAt - 1]!);
      const network = new DoubleNetwork();
      network.restore(entries);
      const rest = await run({ ...options, network, config, checkpoints, state, sums });
      assertEquals([rest!.averaged, rest!.weightsSha256], [whole!.averaged, whole!.weightsSha256]);
    }
  }));

Deno.test("run: averaged weights get the statistics of the batches that would come next, and leave none behind", () =>
  withCheckpoint(async (options) => {
    const settled: (readonly [step: number, images: number])[] = [];
    class Settling extends DoubleNetwork {
      settle(batch: Batch, step: number) {
        settled.push([step, batch.count]);
        super.trainStep(batch, { step, rate: 1 });
      }
    }
    const plain = await run({ ...options });
    const network = new Settling();
    const config = { ...options.config, average: { from: 0, every: null } };
    const outcome = await run({ ...options, network, config, checkpoints: policyOf(`${options.checkpoints.path}s`) });
    assertEquals(settled, [[6, 8], [7, 8], [8, 3]]);
    assertEquals(await weightsSha256(network.state()), plain!.weightsSha256);
    const without = await run({
      ...options,
      network: new DoubleNetwork(),
      config,
      checkpoints: policyOf(`${options.checkpoints.path}w`),
    });
    assert(outcome!.averaged!.weightsSha256 !== without!.averaged!.weightsSha256);
  }));

/** 1 when there is a file, else 0. */
function countAt(path: string): number {
  try {
    return Number(Deno.statSync(path).isFile);
  } catch {
    return 0;
  }
}
