/**
 * What processes that train together send in a step.
 *
 * @module
 */

import type { Messages } from "../native/group.ts";

/** Of a training step, in the mean. A step's loss is one message more, of 24 bytes. */
export interface StepMessages {
  /** Largest values, taken over all processes. */
  readonly maxima: number;
  /** Sums over all processes. */
  readonly sums: number;
  /** Bytes that a process puts into both. */
  readonly bytes: number;
}

/** The messages between two counts, by the steps that were done between them; undefined where there was none. */
export function messagesBetween(before: Messages, after: Messages, steps: number): StepMessages | undefined {
  if (steps === 0) return undefined;
  const maxima = (counts: Messages) => counts.maxima + counts.alignments;
  const bytes = (counts: Messages) => counts.maximaBytes + counts.sumsBytes + counts.alignmentsBytes;
  return {
    maxima: (maxima(after) - maxima(before)) / steps,
    sums: (after.sums - before.sums) / steps,
    bytes: (bytes(after) - bytes(before)) / steps,
  };
}
