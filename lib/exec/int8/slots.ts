/**
 * What changes from one run of an int8 step's program to the next: where it
 * stands in the run, and how fast it learns.
 *
 * @module
 */

import type { SlotValues } from "../../native/program.ts";
import { Slot } from "../../native/words.ts";
import { type LearningRate, scalarLearningRate } from "./learning_rate.ts";

/** Steps done before; it keys random bits. */
export const STEP = new Slot("step");

/** The words of a learning rate. */
export interface RateWords {
  readonly rate_mantissa: Slot;
  readonly rate_exponent: Slot;
}

/** The rate of weights, gammas and betas, for gradients summed over the batch. */
export const RATE: RateWords = { rate_mantissa: new Slot("mantissa"), rate_exponent: new Slot("exponent") };

/** That of Fixup's scalars and the classifier's biases. */
export const SCALAR_RATE: RateWords = {
  rate_mantissa: new Slot("scalarMantissa"),
  rate_exponent: new Slot("scalarExponent"),
};

/** Values of the slots of both rates; `scalarRate` is that of the recipe. */
export function rateSlots(rate: LearningRate, scalarRate: number): SlotValues {
  const scalars = scalarLearningRate(rate, scalarRate);
  return { ...rate, scalarMantissa: scalars.mantissa, scalarExponent: scalars.exponent };
}
