/**
 * The training loop: epochs of batches in a fixed order, timed, and stopped
 * between steps when asked.
 *
 * @module
 */

import { BatchReader } from "../data/batch_reader.ts";
import type { Split } from "../data/dataset.ts";
import { epochOrder } from "../data/order.ts";
import { RunError } from "../errors.ts";
import type { Network } from "../exec/network.ts";
import { Pause } from "./pause.ts";
import { decaysAt } from "./schedule.ts";
import { initialState, type TrainingState } from "./state.ts";

/** What {@linkcode train} needs. */
export interface TrainOptions {
  readonly network: Network;
  readonly split: Split;
  /** Images a step; the last step of an epoch takes what is left. */
  readonly batch: number;
  readonly epochs: number;
  /** Fixes the order of images. */
  readonly seed: number;
  /** Where a resumed run stands; its network must hold the weights of that moment. */
  readonly state?: TrainingState;
  /** Stops between two steps. */
  readonly signal?: AbortSignal;
  /** Called after each step. */
  readonly onStep?: (state: Readonly<TrainingState>) => void;
  /** Called after each epoch. */
  readonly onEpoch?: (state: Readonly<TrainingState>) => void | Promise<void>;
}

/**
 * Trains until the epochs are done or the signal comes, and returns where the
 * run then stands: finished exactly if `images` is `epochs * split.count`.
 *
 * @throws {RunError} when the loss is no longer a finite number.
 */
export async function train(options: TrainOptions): Promise<TrainingState> {
  const { network, split, batch, epochs, seed, signal } = options;
  const total = epochs * split.count;
  const state = structuredClone(options.state) ?? initialState();
  const reader = new BatchReader(split, batch);
  const pause = new Pause();
  while (state.images < total) {
    const epoch = Math.floor(state.images / split.count);
    const order = epochOrder(split.count, seed, epoch);
    for (let from = state.images % split.count; from < split.count; from += batch) {
      await pause.between();
      if (signal?.aborted) return state;
      step(network, reader, order.subarray(from, from + batch), total, state);
      options.onStep?.(state);
    }
    finishEpoch(state, split.count);
    await options.onEpoch?.(state);
  }
  return state;
}

/** One training step; only this is timed. */
function step(network: Network, reader: BatchReader, indices: Uint32Array, total: number, state: TrainingState): void {
  const started = performance.now();
  const { lossSum, correct, count } = network.trainStep(reader.gather(indices), {
    step: state.step,
    decays: decaysAt(state.images, total),
  });
  state.seconds += (performance.now() - started) / 1000;
  if (!Number.isFinite(lossSum)) {
    throw new RunError(`${network.method} diverged: the loss is ${lossSum} at step ${state.step}`);
  }
  state.step++;
  state.images += count;
  state.epochLossSum += lossSum;
  state.epochCorrect += correct;
}

function finishEpoch(state: TrainingState, count: number): void {
  state.history.push({
    epoch: state.history.length + 1,
    trainLoss: state.epochLossSum / count,
    trainAccuracy: state.epochCorrect / count,
  });
  state.epochLossSum = 0;
  state.epochCorrect = 0;
}
