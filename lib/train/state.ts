/**
 * Where a run stands: what a checkpoint keeps beside the network's tensors.
 *
 * @module
 */

import { z } from "zod";
import { type Accuracies, ACCURACY_KEYS } from "./measured.ts";

const count = z.int().nonnegative();

/**
 * What an epoch of training came to, measured on the images as they were
 * trained on; its accuracy of test or validation images is absent where it was not measured.
 */
export interface EpochRecord extends Accuracies {
  /** From 1. */
  epoch: number;
  /** Mean cross-entropy in nats. */
  trainLoss: number;
  /** A fraction. */
  trainAccuracy: number;
  /** Seconds spent in training steps until the end of the epoch; absent in what earlier versions wrote. */
  seconds?: number | undefined;
}

/** Schema of {@linkcode EpochRecord}. */
export const epochRecordSchema = z.strictObject({
  epoch: z.int().positive(),
  trainLoss: z.number(),
  trainAccuracy: z.number().min(0).max(1),
  ...ACCURACY_KEYS,
  seconds: z.number().nonnegative().optional(),
}) satisfies z.ZodType<EpochRecord>;

/** Where a run stands. */
export interface TrainingState {
  /** Steps done. */
  step: number;
  /** Images trained on, over all epochs. */
  images: number;
  /** Seconds spent in training steps. */
  seconds: number;
  /** Loss in nats, summed over the images of the unfinished epoch. */
  epochLossSum: number;
  /** Images of the unfinished epoch whose class was found. */
  epochCorrect: number;
  /** The finished epochs. */
  history: EpochRecord[];
}

/** Schema of {@linkcode TrainingState}. */
export const trainingStateSchema = z.strictObject({
  step: count,
  images: count,
  seconds: z.number().nonnegative(),
  epochLossSum: z.number(),
  epochCorrect: count,
  history: z.array(epochRecordSchema),
}) satisfies z.ZodType<TrainingState>;

/** The state of a run that has not begun. */
export function initialState(): TrainingState {
  return { step: 0, images: 0, seconds: 0, epochLossSum: 0, epochCorrect: 0, history: [] };
}
