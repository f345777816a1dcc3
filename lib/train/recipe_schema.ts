/**
 * The keys of the EOQ recipe as a configuration can set them.
 *
 * @module
 */

import { z } from "zod";
import {
  EOQ_RECIPE,
  type EoqRecipe,
  ERROR_QUANTIZERS,
  EXPONENT_POLICIES,
  GRADIENT_QUANTIZERS,
  ROUNDINGS,
  WEIGHT_BITS,
} from "../exec/recipe.ts";

/** A key's schema with its description and default in words. */
function key<T extends z.ZodType>(name: keyof EoqRecipe, schema: T, words: string): T {
  return schema.describe(`${words}; default ${EOQ_RECIPE[name]}`);
}

const width = z.int().min(2).max(8);
const rounding = z.enum(ROUNDINGS);

/** Schema of {@linkcode EoqRecipe}. */
export const recipeSchema = z.strictObject({
  weightBits: key("weightBits", z.literal(WEIGHT_BITS), "bits in which weights are stored"),
  computeBits: key("computeBits", width, "W: bits of the weights that a step computes with"),
  activationBits: key("activationBits", width, "A: bits of activations"),
  activationRounding: key("activationRounding", rounding, "rounding of activations in training"),
  errorBits: key("errorBits", width, "E: bits of errors, but for those of the logits"),
  errorRounding: key("errorRounding", rounding, "rounding of errors, but for those of the logits"),
  // Checkpoints and reports of earlier versions lack these two.
  errorQuantizer: key(
    "errorQuantizer",
    z.enum(ERROR_QUANTIZERS),
    "shift, or flag: steps 2^7 times finer below one step, inside residual branches and at the logits",
  ).default(EOQ_RECIPE.errorQuantizer),
  logitErrorRounding: key("logitErrorRounding", rounding, "rounding of the errors of the logits, in steps of 2^-7")
    .default(EOQ_RECIPE.logitErrorRounding),
  exponents: key(
    "exponents",
    z.enum(EXPONENT_POLICIES),
    "exponents of A and E in training: of the step's own values, or of the step before",
  ),
  gradientBits: key("gradientBits", width, "G: bits of weight gradients"),
  gradientRounding: key("gradientRounding", rounding, "rounding of weight gradients"),
  gradientQuantizer: key(
    "gradientQuantizer",
    z.enum(GRADIENT_QUANTIZERS),
    "shift keeps their scale, constant drops it",
  ),
  gradientConstant: key("gradientConstant", z.int().min(-32).max(8), "exponent of the constant quantizer's steps"),
  updateBits: key("updateBits", width, "U: bits of an update"),
  updateRounding: key("updateRounding", rounding, "rounding of an update"),
  momentumShift: key("momentumShift", z.int().min(0).max(8), "momentum is 1 - 2^-n"),
  weightDecayShift: key(
    "weightDecayShift",
    z.int().min(0).max(24),
    "L2 penalty of weights is 2^-n, 0 for none, 11 for photographs",
  ),
  scalarRate: key("scalarRate", z.int().min(1).max(65535), "rate of biases and scales beside weights, in 2^-11"),
  fixupScaling: key("fixupScaling", z.boolean(), "whether branches start smaller, the more blocks there are"),
  fixupZeros: key("fixupZeros", z.boolean(), "whether the last convolution of a branch starts at zero"),
  fixupBiases: key("fixupBiases", z.boolean(), "whether biases are trained; the classifier's always are"),
  fixupScales: key("fixupScales", z.boolean(), "whether the scales of branches are trained"),
}) satisfies z.ZodType<EoqRecipe>;
