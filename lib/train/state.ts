/**
 * Where a run stands: what a checkpoint keeps beside the network's tensors.
 *
 * @module
 */

import { z } from "zod";

const count = z.int().nonnegative();

/** What an epoch of training came to, measured on the images as they were trained on. */
export const epochRecordSchema = z.strictObject({
  /** From 1. */
  epoch: z.int().positive(),
  /** Mean cross-entropy in nats. */
  trainLoss: z.number(),
  /** A fraction. */
  trainAccuracy: z.number().min(0).max(1),
  /** A fraction; absent where the epoch was not tested. */
  testAccuracy: z.number().min(0).max(1).optional(),
});

/** What an epoch of training came to. */
export type EpochRecord = z.infer<typeof epochRecordSchema>;

/** Schema of {@linkcode TrainingState}. */
export const trainingStateSchema = z.strictObject({
  /** Steps done. */
  step: count,
  /** Images trained on, over all epochs. */
  images: count,
  /** Seconds spent in training steps. */
  seconds: z.number().nonnegative(),
  /** Sums over the images of the unfinished epoch. */
  epochLossSum: z.number(),
  epochCorrect: count,
  /** The finished epochs. */
  history: z.array(epochRecordSchema),
});

/** Where a run stands. */
export type TrainingState = z.infer<typeof trainingStateSchema>;

/** The state of a run that has not begun. */
export function initialState(): TrainingState {
  return { step: 0, images: 0, seconds: 0, epochLossSum: 0, epochCorrect: 0, history: [] };
}
