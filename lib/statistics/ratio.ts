/**
 * Ratios of medians that were not sampled beside each other. Those that were
 * are `estimateRatio`'s, in bootstrap.ts.
 *
 * @module
 */

import type { Estimate, Interval } from "./bootstrap.ts";

/** A ratio with where the true one lies with 95 % confidence. */
export interface Ratio {
  readonly value: number;
  readonly interval: Interval;
}

/**
 * The ratio of two independent medians with its interval: on the scale of
 * logarithms both errors add up as squares (Zou and Donner 2008, MOVER).
 */
export function independentRatio(over: Estimate, under: Estimate): Ratio {
  const value = over.median / under.median;
  const error = (up: number, down: number) => Math.exp(Math.hypot(Math.log(up), Math.log(down)));
  const [overLow, overHigh] = over.interval, [underLow, underHigh] = under.interval;
  return {
    value,
    interval: [
      value / error(over.median / overLow, underHigh / under.median),
      value * error(overHigh / over.median, under.median / underLow),
    ],
  };
}
