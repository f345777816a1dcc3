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
import { train } from "./loop.ts";
import type { TrainingState } from "./state.ts";
import { weightsSha256 } from "./weights_hash.ts";

/** What {@linkcode run} needs. */
export interface RunOptions {
  readonly network: Network;
  /** Cut to the images that the configuration names. */
  readonly dataset: Dataset;
  readonly config: RunConfig;
  /** Where a resumed run stands; its network must hold the weights of that moment. */
  readonly state?: TrainingState;
  /** Checkpoints are written after each epoch, when the signal stops the run, and as often as this says. */
  readonly checkpoints: CheckpointPolicy;
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
 * Trains, writes the checkpoint and measures the test split.
 *
 * @returns `undefined` when the signal stopped it; the checkpoint then continues it.
 * @throws {RunError} when training diverges.
 * @throws {UserError | RunError} when a checkpoint cannot be written.
 */
export async function run(options: RunOptions): Promise<RunOutcome | undefined> {
  const { network, dataset, config, signal } = options;
  const checkpoints = new CheckpointWriter(options.checkpoints, config, network, options.state);
  const save = (state: TrainingState) => checkpoints.save(state);
  const state = await train({
    network,
    split: dataset.train,
    batch: config.batch,
    images: budget(config),
    seed: config.seed,
    schedule: config.schedule,
    learningRate: config.learningRate,
    augmentation: config.augmentation,
    between: (state) => checkpoints.isDue(state) ? save(state) : undefined,
    onEpoch: save,
    ...(options.state && { state: options.state }),
    ...(options.onStep && { onStep: options.onStep }),
    ...(signal && { signal }),
  });
  if (state.images < budget(config)) {
    await save(state);
    return undefined;
  }
  const evaluation = await evaluate(network, dataset.test, signal);
  if (evaluation === undefined) return undefined;
  return { config, state, evaluation, bytes: network.bytes(), weightsSha256: await weightsSha256(network.state()) };
}
