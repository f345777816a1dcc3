/**
 * What the exit code of the program says, for scripts and CI.
 *
 * @module
 */

/** Each code has one meaning. */
export const EXIT = {
  done: 0,
  /** Timings are slower than their baseline by more than is allowed. */
  regression: 1,
  /** The input is at fault. */
  usage: 2,
  /** Two reports have nothing that can be compared, or the later one lacks what the earlier has. */
  incomparable: 3,
  /** An accuracy, a count or a weights hash is not what it must be. */
  wrong: 4,
  /** The run failed or was interrupted. */
  failed: 5,
} as const;

/** One of them. */
export type ExitCode = typeof EXIT[keyof typeof EXIT];
