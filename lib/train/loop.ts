/**
 * The training loop: epochs of batches in a fixed order, timed, and stopped
 * between steps when asked.
 *
 * @module
 */

import type { Augmentation } from "../data/augment.ts";
import { BatchReader } from "../data/batch_reader.ts";
import type { Split } from "../data/dataset.ts";
import { epochOrder } from "../data/order.ts";
import { RunError } from "../errors.ts";
import { checkWhole, MOST_IMAGES } from "../exec/batch.ts";
import {
  type Batch,
  type BatchMetrics,
  FULL_RATE,
  MOST_TIMES_RATE,
  type Network,
  type TracedStep,
  WHOLE_SHARE,
} from "../exec/network.ts";
import type { Group, Part } from "../native/group.ts";
import { Pause } from "./pause.ts";
import { DEFAULT_SCHEDULE, rateAt, type Schedule, warmedUp } from "./schedule.ts";
import type { TraceRecord } from "./trace.ts";
import { initialState, type TrainingState } from "./state.ts";

/** What {@linkcode train} needs. */
export interface TrainOptions {
  /** The network, which training changes. */
  readonly network: Network;
  /** The images. */
  readonly split: Split;
  /** Images a step; the last step of an epoch takes what is left. */
  readonly batch: number;
  /** Images to train on, over all epochs; the last epoch and its last step end where they do. */
  readonly images: number;
  /** Fixes the order of images, and their variation. */
  readonly seed: number;
  /** How the learning rate falls; {@linkcode DEFAULT_SCHEDULE} when absent. */
  readonly schedule?: Schedule;
  /** Steps over which the rate rises first; 0 when absent. */
  readonly warmup?: number;
  /** Factor on the method's own learning rate; 1 when absent. */
  readonly learningRate?: number;
  /** How images are varied; not at all when absent. */
  readonly augmentation?: Augmentation;
  /** How much of each label is spread over all classes, rounded to 1/256; 0 when absent. */
  readonly smoothing?: number;
  /** Where a resumed run stands; its network must hold the weights of that moment. */
  readonly state?: TrainingState;
  /** Stops between two steps. */
  readonly signal?: AbortSignal;
  /** The processes that train together, each of them with this loop, and a network for its part of the batch. */
  readonly group?: Group | undefined;
  /** Called after each step. */
  readonly onStep?: (state: Readonly<TrainingState>) => void;
  /** Every so many steps, what the step's integers came to in the whole batch; never where the method has none. */
  readonly trace?: { readonly every: number; readonly onRecord: (record: TraceRecord) => void };
  /** Called and awaited between two steps of an epoch. */
  readonly between?: (state: Readonly<TrainingState>) => Promise<void> | undefined;
  /** Called after each epoch. */
  readonly onEpoch?: (state: TrainingState) => void | Promise<void>;
}

/** @throws {RangeError} naming the option that is outside what it can be. */
function checkOptions({ batch, images, seed, warmup = 0, learningRate = 1, smoothing = 0 }: TrainOptions): void {
  checkWhole("batch", batch, 1, MOST_IMAGES);
  checkWhole("images", images, 0, Number.MAX_SAFE_INTEGER);
  checkWhole("seed", seed, 0, 2 ** 32 - 1);
  checkWhole("warmup", warmup, 0, Number.MAX_SAFE_INTEGER);
  checkLearningRate(learningRate);
  if (!(smoothing >= 0 && smoothing <= 1)) throw new RangeError(`smoothing: ${smoothing} is not in 0..1`);
}

/** @throws {RangeError} for a factor on a method's own learning rate that is none. */
export function checkLearningRate(factor: number): void {
  if (factor > 0 && factor <= MOST_TIMES_RATE) return;
  throw new RangeError(`learningRate: ${factor} is not above 0 and at most ${MOST_TIMES_RATE}`);
}

/**
 * Trains until the images are seen or the signal comes, and returns where the
 * run then stands.
 *
 * @throws {RangeError} naming the option that is outside what it can be.
 * @throws {RunError} when the loss is no longer a finite number.
 */
export async function train(options: TrainOptions): Promise<TrainingState> {
  checkOptions(options);
  const { split, batch, images, seed, signal, group } = options;
  const state = structuredClone(options.state) ?? initialState();
  const reader = new BatchReader(split, group?.largestPart(batch) ?? batch);
  const pause = new Pause();
  let stopped = false;
  while (state.images < images) {
    const epoch = Math.floor(state.images / split.count);
    const begin = epoch * split.count;
    const order = epochOrder(split.count, seed, epoch).subarray(0, images - begin);
    for (let from = state.images - begin; from < order.length; from += batch) {
      await pause.between();
      if (group === undefined ? signal?.aborted : stopped) return state;
      stopped = step(options, reader, order.subarray(from, from + batch), epoch, state);
      options.onStep?.(state);
      if (from + batch < order.length) await options.between?.(state);
    }
    finishEpoch(state, order.length);
    await options.onEpoch?.(state);
  }
  return state;
}

/** One training step; only this is timed. @returns whether a process of the group was told to stop before its end. */
function step(
  options: TrainOptions,
  reader: BatchReader,
  indices: Uint32Array,
  epoch: number,
  state: TrainingState,
): boolean {
  const { network, images, schedule = DEFAULT_SCHEDULE, warmup = 0, learningRate = 1, trace, group } = options;
  const started = performance.now();
  const part = group?.partOf(indices.length);
  const batch = gather(options, reader, indices, epoch, part);
  const rate = scaled(warmedUp(rateAt(schedule, state.images, images), state.step, warmup), learningRate);
  const position = { step: state.step, rate };
  const traces = trace !== undefined && (state.step + 1) % trace.every === 0;
  const run = (): Partial<TracedStep> & Pick<TracedStep, "metrics"> =>
    (traces ? network.traceStep?.(batch, position, part && { group: group!, part }) : undefined) ??
      { metrics: network.trainStep(batch, position) };
  const { metrics: own, tensors } = part === undefined ? run() : group!.share(part, run);
  const { lossSum, correct, count, stopped } = part === undefined
    ? { ...own, stopped: false }
    : together(options, part, own);
  state.seconds += (performance.now() - started) / 1000;
  if (!Number.isFinite(lossSum)) {
    throw new RunError(`${network.method} diverged: the loss is ${lossSum} at step ${state.step}`);
  }
  state.step++;
  state.images += count;
  state.epochLossSum += lossSum;
  state.epochCorrect += correct;
  if (tensors === undefined) return stopped;
  trace!.onRecord({
    ...{ method: network.method, step: state.step, images: state.images },
    ...{ rate, loss: lossSum / count, tensors },
  });
  return stopped;
}

/** What a step came to for all processes, and whether one of them is to stop. */
function together({ group, signal }: TrainOptions, { images, whole }: Part, { lossSum, correct }: BatchMetrics) {
  const counted = images === 0 ? { lossSum: 0, correct: 0 } : { lossSum, correct };
  const all = group!.sums({ ...counted, stopped: Number(signal?.aborted ?? false) });
  return { ...all, count: whole, stopped: all.stopped > 0 };
}

/** The batch of a step: images as they are varied, labels as they are smoothed. */
export function gather(
  { seed, augmentation, smoothing = 0 }: Pick<TrainOptions, "seed" | "augmentation" | "smoothing">,
  reader: BatchReader,
  indices: Uint32Array,
  epoch: number,
  part?: Part,
): Batch {
  const varied = augmentation && isVaried(augmentation) ? { augmentation, seed, epoch } : undefined;
  const batch = reader.gather(indices, varied, part);
  return smoothing === 0 ? batch : { ...batch, smoothing: Math.round(smoothing * WHOLE_SHARE) };
}

function isVaried({ crop, flip, mixup }: Augmentation): boolean {
  return crop > 0 || flip || mixup;
}

/** A rate times a factor that is rounded to steps of 2^-16: whole, and exact in between. */
export function scaled(rate: number, factor: number): number {
  return Math.max(1, Math.floor(rate * Math.round(factor * FULL_RATE) / FULL_RATE));
}

function finishEpoch(state: TrainingState, count: number): void {
  state.history.push({
    epoch: state.history.length + 1,
    trainLoss: state.epochLossSum / count,
    trainAccuracy: state.epochCorrect / count,
    seconds: state.seconds,
  });
  state.epochLossSum = 0;
  state.epochCorrect = 0;
}
