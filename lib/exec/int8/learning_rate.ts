/**
 * The learning rate of EOQ: a power of two, so that applying it is a shift.
 *
 * @module
 */

/** Exponent for gradients that are summed, not averaged, over the batch. */
const FIRST_EXPONENT = -9;
/** Bits a decay takes off. */
const DECAY_BITS = 2;

/**
 * Exponent of the learning rate after `decays` decays. Gradients are sums over
 * the batch, so one constant is the linear scaling rule: 2^-3 * batch / 64 for
 * a mean.
 */
export function learningRateExponent(decays: number): number {
  return FIRST_EXPONENT - DECAY_BITS * decays;
}
