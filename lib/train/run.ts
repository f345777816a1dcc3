/**
 * One run from wherever it stands to its result: training with checkpoints,
 * then the test.
 *
 * @module
 */

import type { Dataset } from "../data/dataset.ts";
import { RunError } from "../errors.ts";
import type { ByteCounts, Network } from "../exec/network.ts";
import { type SavedSums, WeightAverage } from "./average.ts";
import { type AveragedOptions, type AveragedOutcome, measureAveraged } from "./averaged.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { type CheckpointPolicy, CheckpointWriter } from "./checkpoint_writer.ts";
import { budget, type RunConfig } from "./config.ts";
import type { Group } from "../native/group.ts";
import { evaluate, type Evaluation } from "./evaluate.ts";
import { train, type TrainOptions } from "./loop.ts";
import { messagesBetween, type StepMessages } from "./messages.ts";
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
  /** The sums of weights that a resumed run had sampled, if it had. */
  readonly sums?: SavedSums | undefined;
  /** What was learnt behind an earlier part of a resumed run, which its checkpoints go on saying. */
  readonly learnt?: Checkpoint["learnt"];
  /** Checkpoints are written after each epoch, when the signal stops the run, and as often as this says. */
  readonly checkpoints: CheckpointPolicy;
  /** Epochs from one test to the next; absent for the test at the end alone. */
  readonly evaluateEvery?: number;
  /** See {@linkcode TrainOptions.trace}. */
  readonly trace?: TrainOptions["trace"];
  readonly signal?: AbortSignal;
  /** The processes that do the run together; the first of them writes its checkpoints. */
  readonly group?: Group | undefined;
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
  /** What its training steps sent; absent where one process trained alone. */
  readonly messages?: StepMessages | undefined;
  /** What the averaged weights came to; absent where none are averaged. */
  readonly averaged?: AveragedOutcome | undefined;
}

/**
 * Trains, writes the checkpoint and measures the test or validation images.
 *
 * @returns `undefined` when the signal stopped it; the checkpoint then continues it.
 * @throws {RunError} when training diverges.
 * @throws {UserError | RunError} when a checkpoint cannot be written.
 */
export async function run(options: RunOptions): Promise<RunOutcome | undefined> {
  const { network, dataset, config, signal, group } = options;
  const images = budget(config);
  const average = config.average === null ? undefined : new WeightAverage(options.sums);
  const checkpoints = new CheckpointWriter(options.checkpoints, config, network, average, options);
  const writes = group === undefined || group.rank === 0;
  const save = async (state: TrainingState) => writes ? await checkpoints.save(state) : undefined;
  const resumed = structuredClone(options.state);
  if (resumed !== undefined) await testEpoch(options, images, resumed);
  const sent = group?.counts();
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
    smoothing: config.smoothing,
    between: (state) => writes && checkpoints.isDue(state) ? save(state) : undefined,
    onEpoch: async (state) => {
      await testEpoch(options, images, state);
      await save(state);
    },
    ...(resumed && { state: resumed }),
    onStep: (state) => {
      if (average !== undefined && isSampled(config, state)) average.add(network.state());
      options.onStep?.(state);
    },
    ...(options.trace && { trace: options.trace }),
    ...(signal && { signal }),
    ...(group && { group }),
  });
  if (state.images < images) {
    await save(state);
    return undefined;
  }
  if (group !== undefined) await requireSameWeights(network, group);
  const messages = sent && messagesBetween(sent, group!.counts(), state.step - (resumed?.step ?? 0));
  const measured = await measure({ network, dataset, config, average, state, signal, group });
  if (measured !== undefined) recordTest(options, state, measured.evaluation);
  return measured && { ...measured, messages };
}

/** @throws {RunError} in all processes of a group where their weights are not the same, which only a defect comes to. */
async function requireSameWeights(network: Network, group: Group): Promise<void> {
  const digests = group.gather(new TextEncoder().encode(await weightsSha256(network.state())));
  const other = digests.findIndex((digest) => digest.toHex() !== digests[0]!.toHex());
  if (other !== -1) throw new RunError(`rank ${other} has other weights than rank 0: please report it`);
}

/**
 * Measures a network that stands at some point of its run, and its averaged weights if there are any.
 *
 * @returns `undefined` when the signal stopped it.
 */
export async function measure(
  { average, ...options }: Omit<AveragedOptions, "average"> & { average: WeightAverage | undefined },
): Promise<RunOutcome | undefined> {
  const { network, dataset, config, state, signal, group } = options;
  const evaluation = await evaluate(network, dataset.test, signal, group);
  if (evaluation === undefined) return undefined;
  const { optimizer, ...bytes } = network.bytes();
  const outcome = {
    config,
    state: state as TrainingState,
    evaluation,
    bytes: { ...bytes, optimizer: optimizer + (average?.byteLength ?? 0) },
    weightsSha256: await weightsSha256(network.state()),
  };
  if (average === undefined || average.samples === 0) return outcome;
  const averaged = await measureAveraged({ ...options, average });
  return averaged && { ...outcome, averaged };
}

/** Whether weights are sampled after a step: at the end of the run in any case. */
function isSampled(config: RunConfig, { step, images }: Readonly<TrainingState>): boolean {
  const { from, every } = config.average!, total = budget(config);
  if (images === total) return true;
  return images * 100 >= total * from && (every === null ? images % config.trainImages : step % every) === 0;
}

/** Tests the epoch that has just ended if it is due; the last one has the test of the run. */
async function testEpoch(options: RunOptions, images: number, state: TrainingState): Promise<void> {
  if (!isTestDue(options, state) || state.images === images) return;
  const evaluation = await evaluate(options.network, options.dataset.test, options.signal, options.group);
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
