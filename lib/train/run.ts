/**
 * One run from wherever it stands to its result: training with checkpoints,
 * then the test.
 *
 * @module
 */

import type { Dataset } from "../data/dataset.ts";
import type { ByteCounts, Network } from "../exec/network.ts";
import { type CheckpointPolicy, CheckpointWriter } from "./checkpoint_writer.ts";
import { budget, type RunConfig } from "./config.ts";
import { evaluate, type Evaluation } from "./evaluate.ts";
import { train, type TrainOptions } from "./loop.ts";
import type { TrainingState } from "./state.ts";
import { accuracyIn, accuracyOf, measuredIn } from "./measured.ts";
import { weightsSha256 } from "./weights_hash.ts";

/** What {@linkcode run} needs. */
export interface RunOptions {
  readonly network: Network;
  /** Cut to the images that the configuration names; its test split is what the run is measured on. */
  readonly dataset: Dataset;
  readonly config: RunConfig;
  /** Where a resumed run stands; its network must hold the weights of that moment. */
  readonly state?: TrainingState;
  /** Checkpoints are written after each epoch, when the signal stops the run, and as often as this says. */
  readonly checkpoints: CheckpointPolicy;
  /** Epochs from one test to the next; absent for the test at the end alone. */
  readonly evaluateEvery?: number;
  /** See {@linkcode TrainOptions.trace}. */
  readonly trace?: TrainOptions["trace"];
  readonly signal?: AbortSignal;
  /** Called after each training step. */
  readonly onStep?: (state: Readonly<TrainingState>) => void;
}

/** What a finished run came to. */
export interface RunOutcome {
  readonly config: RunConfig;
  readonly state: TrainingState;
  readonly evaluation: Evaluation;
  readonly bytes: ByteCounts;
  readonly weightsSha256: string;
}

/**
 * Trains, writes the checkpoint and measures the test or validation images.
 *
 * @returns `undefined` when the signal stopped it; the checkpoint then continues it.
 * @throws {RunError} when training diverges.
 * @throws {UserError | RunError} when a checkpoint cannot be written.
 */
export async function run(options: RunOptions): Promise<RunOutcome | undefined> {
  const { network, dataset, config, signal } = options;
  const images = budget(config);
  const checkpoints = new CheckpointWriter(options.checkpoints, config, network, options.state);
  const save = (state: TrainingState) => checkpoints.save(state);
  const resumed = structuredClone(options.state);
  if (resumed !== undefined) await testEpoch(options, images, resumed);
  const state = await train({
    network,
    split: dataset.train,
    batch: config.batch,
    images,
    seed: config.seed,
    schedule: config.schedule,
    warmup: config.warmup,
    learningRate: config.learningRate,
    augmentation: config.augmentation,
    between: (state) => checkpoints.isDue(state) ? save(state) : undefined,
    onEpoch: async (state) => {
      await testEpoch(options, images, state);
      await save(state);
    },
    ...(resumed && { state: resumed }),
    ...(options.onStep && { onStep: options.onStep }),
    ...(options.trace && { trace: options.trace }),
    ...(signal && { signal }),
  });
  if (state.images < images) {
    await save(state);
    return undefined;
  }
  const evaluation = await evaluate(network, dataset.test, signal);
  if (evaluation === undefined) return undefined;
  recordTest(options, state, evaluation);
  return { config, state, evaluation, bytes: network.bytes(), weightsSha256: await weightsSha256(network.state()) };
}

/** Tests the epoch that has just ended if it is due; the last one has the test of the run. */
async function testEpoch(options: RunOptions, images: number, state: TrainingState): Promise<void> {
  if (!isTestDue(options, state) || state.images === images) return;
  const evaluation = await evaluate(options.network, options.dataset.test, options.signal);
  if (evaluation !== undefined) recordTest(options, state, evaluation);
}

/** A run that was stopped while it tested an epoch has no record of that test yet. */
function isTestDue({ evaluateEvery }: RunOptions, { history }: TrainingState): boolean {
  const last = history.at(-1);
  return evaluateEvery !== undefined && last !== undefined && last.epoch % evaluateEvery === 0 &&
    accuracyOf(last) === undefined;
}

function recordTest(options: RunOptions, state: TrainingState, { accuracy }: Evaluation): void {
  if (!isTestDue(options, state)) return;
  Object.assign(state.history.at(-1)!, accuracyIn(measuredIn(options.config), accuracy));
}
