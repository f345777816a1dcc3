/**
 * The benchmarks there are; a file of its own, so that the help loads no more.
 *
 * @module
 */

/** What `eoq bench` can time. */
export const BENCHMARKS = ["peak", "kernels", "step"] as const;

/** One of them. */
export type Benchmark = typeof BENCHMARKS[number];
