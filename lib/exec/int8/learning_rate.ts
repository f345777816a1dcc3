/**
 * The learning rates of int8 methods in integers.
 *
 * @module
 */

import type { Plan } from "../../plan/plan.ts";
import { FULL_RATE, MOST_TIMES_RATE } from "../network.ts";
import type { EoqRecipe, InputEncoding } from "../recipe.ts";

/** mantissa * 2^exponent, the mantissa in 1..255. */
export interface LearningRate {
  readonly mantissa: number;
  readonly exponent: number;
}

/** Fraction bits of a rate. */
const RATE_FRACTION = 16;
const MOST_RATE = MOST_TIMES_RATE * FULL_RATE;

/**
 * Exponents for gradients that are summed, not averaged, over a batch of
 * several images and of one. Halved pixels of MNIST diverge at twice the rate
 * from batch 32 on; single ones bear it (5,000 images twice: 93.4 % instead of
 * 88.8 %). Centred pixels of CIFAR-10 bear it at any batch (ResNet-20, 20,000
 * images once, against half of it: 45.1 and 41.5 % at batch 1, 41.8 and 39.1 %
 * at 8, 38.6 and 37.9 % at 32), but single ones not more (41.0 %).
 */
const FIRST_EXPONENTS: Readonly<Record<InputEncoding, { single: number; several: number }>> = {
  half: { single: -8, several: -9 },
  centered: { single: -8, several: -8 },
};
/**
 * Largest batches at which the rate of a sum is stable; beyond the last the rate
 * of the mean stays. On CIFAR-10 with the default recipe, 5,000 images held out,
 * 25,000 images at batch 32, seeds 1 and 2: 48.9 and 52.2 % at 0.7 times the
 * rate of a batch of 16, 43.3 and 49.9 % at all of it, 49.7 % (seed 1) at half.
 */
const SCALING_BATCHES: Readonly<Record<InputEncoding, readonly number[]>> = { half: [32], centered: [16, 64] };
const MANTISSA_BITS = 8;
/** Exponent of the steps in which the recipe gives the rate of scalars. */
const SCALAR_RATE_EXPONENT = -11;

/**
 * Exponent of EOQ's initial learning rate. Gradients are sums over the batch, so
 * a constant is the linear scaling rule. It holds up to a batch of 32, on
 * photographs of 16; measured on MNIST, the same constant diverges at 128.
 *
 * @param doubled whether it is twice as large, see {@linkcode bearsTwice}
 */
export function eoqExponent(batch: number, input: InputEncoding, doubled = false): number {
  const { single, several } = FIRST_EXPONENTS[input];
  let exponent = (batch === 1 ? single : several) + Number(doubled);
  const batches = SCALING_BATCHES[input], last = batches.at(-1)!;
  exponent -= batches.filter((size) => size < batch).length;
  for (let size = 2 * last; size < batch; size *= 2) exponent--;
  return exponent;
}

/** Blocks of a ResNet-8. */
const FEW_BLOCKS = 3;

/**
 * Whether a network bears twice the rate: with centred gradients one of few
 * residual blocks does. ResNet-8 on MNIST, 5,000 images held out: 5,000 images
 * at batch 1, 92.8 instead of 72.1 %; 10,000 at batch 32, 92.6 instead of
 * 57.7 %, and 99.2 instead of 99.0 % after two epochs; four times the rate
 * diverges there. ResNet-20 and LeNet diverge at twice the rate on MNIST.
 */
export function bearsTwice(plan: Plan, { centredGradients }: Pick<EoqRecipe, "centredGradients">): boolean {
  const blocks = plan.layers.filter(({ kind }) => kind === "block").length;
  return centredGradients && blocks > 0 && blocks <= FEW_BLOCKS;
}

/**
 * Exponent of WAGEUBN's initial learning rate, for gradients that are summed
 * over a batch of any size: the linear scaling rule. It is not critical: a
 * ResNet-8 on centred CIFAR-10 came to 37.9, 40.6 and 38.3 % in 100 steps of
 * 128 images with 2^-10, 2^-9 and 2^-8, and to 35.1 and 38.5 % in 200 steps of
 * 32 with the outer two (one seed).
 */
export const WAGEUBN_EXPONENT = -9;

/** `factor` * 2^exponent, its mantissa rounded to 8 bits. */
function rounded(factor: number, exponent: number): LearningRate {
  const dropped = Math.max(0, 32 - Math.clz32(factor) - MANTISSA_BITS);
  const mantissa = (factor + ((1 << dropped) >> 1)) >> dropped;
  const carry = mantissa >> MANTISSA_BITS;
  return { mantissa: mantissa >> carry, exponent: exponent + dropped + carry };
}

/** 2^exponent at {@linkcode Position.rate} of a run. @throws {RangeError} for a rate outside 1..2^24. */
export function learningRate(exponent: number, rate: number): LearningRate {
  if (!Number.isInteger(rate) || rate < 1 || rate > MOST_RATE) {
    throw new RangeError(`rate: ${rate} is not in 1..${MOST_RATE}`);
  }
  return rounded(rate, exponent - RATE_FRACTION);
}

/** The learning rate of scalars beside that of weights; `scalarRate` is that of the recipe. */
export function scalarLearningRate({ mantissa, exponent }: LearningRate, scalarRate: number): LearningRate {
  return rounded(mantissa * scalarRate, exponent + SCALAR_RATE_EXPONENT);
}
