/**
 * Options of every command that runs kernels.
 *
 * @module
 */

/** Threads and instruction-set path. */
export const MACHINE = ["threads", "isa"] as const;
