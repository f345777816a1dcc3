/**
 * What the keys of a recipe can be, for configurations and for who makes a
 * network from a script.
 *
 * @module
 */

import {
  type EoqRecipe,
  ERROR_QUANTIZERS,
  EXPONENT_POLICIES,
  GRADIENT_QUANTIZERS,
  MOMENTUM_BITS,
  ROUNDINGS,
  WEIGHT_BITS,
} from "./recipe.ts";

/** Whole numbers from one to another. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

const WIDTH = { least: 2, most: 8 } as const, EITHER = [false, true] as const;

/** The values of each key: a range, or a list. */
export const RECIPE_VALUES = {
  weightBits: WEIGHT_BITS,
  computeBits: WIDTH,
  activationBits: WIDTH,
  activationRounding: ROUNDINGS,
  errorBits: WIDTH,
  errorRounding: ROUNDINGS,
  errorQuantizer: ERROR_QUANTIZERS,
  logitErrorRounding: ROUNDINGS,
  exponents: EXPONENT_POLICIES,
  gradientBits: WIDTH,
  gradientRounding: ROUNDINGS,
  gradientQuantizer: GRADIENT_QUANTIZERS,
  gradientConstant: { least: -32, most: 8 },
  centredGradients: EITHER,
  updateBits: WIDTH,
  updateRounding: ROUNDINGS,
  momentumShift: { least: 0, most: 8 },
  momentumBits: MOMENTUM_BITS,
  errorFeedback: EITHER,
  weightDecayShift: { least: 0, most: 24 },
  scalarRate: { least: 1, most: 65535 },
  fixupScaling: EITHER,
  branchGain: { least: 0, most: 65535 },
  classifierGain: { least: 0, most: 64 },
  centredWeights: EITHER,
  fixupZeros: EITHER,
  fixupBiases: EITHER,
  fixupScales: EITHER,
} as const satisfies Readonly<Record<keyof EoqRecipe, Range | readonly unknown[]>>;

/** @throws {RangeError} naming a key that no recipe has, or whose value it cannot have. */
export function checkRecipe(recipe: Readonly<Record<string, unknown>>): void {
  const all: Readonly<Record<string, Range | readonly unknown[]>> = RECIPE_VALUES;
  for (const [key, value] of Object.entries(recipe)) {
    const values = Object.hasOwn(all, key) ? all[key]! : undefined;
    if (values === undefined) throw new RangeError(`recipe: there is no key ${key}`);
    if ("least" in values) {
      const { least, most } = values;
      if (Number.isInteger(value) && value as number >= least && value as number <= most) continue;
      throw new RangeError(`recipe.${key}: ${value} is not a whole number from ${least} to ${most}`);
    }
    if (!values.includes(value)) throw new RangeError(`recipe.${key}: ${value} is none of ${values.join(", ")}`);
  }
}
