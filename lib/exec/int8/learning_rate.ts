/**
 * The learning rate of EOQ: a power of two, so that applying it is a shift.
 *
 * @module
 */

import { FULL_RATE } from "../network.ts";

/** Exponent for gradients that are summed, not averaged, over the batch. */
const FIRST_EXPONENT = -9;
/** The same for single images, which bear twice the rate: 93.4 % instead of 88.8 % on 5,000 of MNIST, twice. */
const SINGLE_IMAGE_EXPONENT = -8;
/** Largest batch at which the rate of a sum is stable; beyond it the rate of the mean stays. */
const SCALING_BATCH = 32;

/**
 * Exponent of the learning rate. Gradients are sums over the batch, so a
 * constant is the linear scaling rule. It holds up to a batch of 32; measured
 * on MNIST, the same constant diverges at 128.
 *
 * @param rate See {@linkcode Position.rate}; the power of two with the nearest exponent stands for it.
 */
export function learningRateExponent(batch: number, rate: number): number {
  let exponent = (batch === 1 ? SINGLE_IMAGE_EXPONENT : FIRST_EXPONENT) + nearestExponent(rate);
  for (let size = SCALING_BATCH; size < batch; size *= 2) exponent--;
  return exponent;
}

/** round(log2(rate / FULL_RATE)), in integers: x rounds up where x * x >= 2^(2 * floor(log2 x) + 1). */
function nearestExponent(rate: number): number {
  const floor = 31 - Math.clz32(rate);
  const up = BigInt(rate) ** 2n >= 1n << BigInt(2 * floor + 1);
  return floor + (up ? 1 : 0) - (31 - Math.clz32(FULL_RATE));
}
