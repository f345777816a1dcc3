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
  MOMENTUM_BITS,
  PAPER_RECIPE,
  ROUNDINGS,
  WEIGHT_BITS,
} from "../exec/recipe.ts";
import { type Range, RECIPE_VALUES } from "../exec/recipe_values.ts";

/** A key's schema with its description and default in words. */
function key<T extends z.ZodType>(name: keyof EoqRecipe, schema: T, words: string): T {
  return schema.describe(`${words}; default ${EOQ_RECIPE[name]}`);
}

/** A key that whole numbers are the values of. */
type WholeKey = { [K in keyof EoqRecipe]: typeof RECIPE_VALUES[K] extends Range ? K : never }[keyof EoqRecipe];

/** What such a key can be. */
function whole(name: WholeKey) {
  const { least, most } = RECIPE_VALUES[name];
  return z.int().min(least).max(most);
}

const rounding = z.enum(ROUNDINGS);

/** Schema of single keys, none of which has to be there. */
export const recipeKeysSchema = z.strictObject({
  weightBits: key("weightBits", z.literal(WEIGHT_BITS), "bits in which weights are stored"),
  computeBits: key("computeBits", whole("computeBits"), "W: bits of the weights that a step computes with"),
  activationBits: key("activationBits", whole("activationBits"), "A: bits of activations"),
  activationRounding: key("activationRounding", rounding, "rounding of activations in training"),
  errorBits: key("errorBits", whole("errorBits"), "E: bits of errors, but for those of the logits"),
  errorRounding: key("errorRounding", rounding, "rounding of errors, but for those of the logits"),
  errorQuantizer: key(
    "errorQuantizer",
    z.enum(ERROR_QUANTIZERS),
    "shift, or flag: steps 2^7 times finer below one step, inside residual branches and at the logits",
  ),
  logitErrorRounding: key("logitErrorRounding", rounding, "rounding of the errors of the logits, in steps of 2^-7"),
  exponents: key(
    "exponents",
    z.enum(EXPONENT_POLICIES),
    "exponents of A and E in training: of the step's own values, or of the step before",
  ),
  gradientBits: key("gradientBits", whole("gradientBits"), "G: bits of weight gradients"),
  gradientRounding: key("gradientRounding", rounding, "rounding of weight gradients"),
  gradientQuantizer: key(
    "gradientQuantizer",
    z.enum(GRADIENT_QUANTIZERS),
    "shift keeps their scale, constant drops it",
  ),
  gradientConstant: key("gradientConstant", whole("gradientConstant"), "exponent of the constant quantizer's steps"),
  centredGradients: key(
    "centredGradients",
    z.boolean(),
    "whether each output channel's mean is taken off its weight gradients",
  ),
  updateBits: key("updateBits", whole("updateBits"), "U: bits of an update"),
  updateRounding: key("updateRounding", rounding, "rounding of an update"),
  momentumShift: key("momentumShift", whole("momentumShift"), "momentum is 1 - 2^-n"),
  momentumBits: key("momentumBits", z.literal(MOMENTUM_BITS), "bits in which the momentum of weights is kept"),
  errorFeedback: key(
    "errorFeedback",
    z.boolean(),
    "whether momentum keeps what the rounding of an update left, at 8 stored bits",
  ),
  weightDecayShift: key(
    "weightDecayShift",
    whole("weightDecayShift"),
    "L2 penalty of weights is 2^-n, 0 for none, 11 for photographs",
  ),
  scalarRate: key("scalarRate", whole("scalarRate"), "rate of biases and scales beside weights, in 2^-11"),
  fixupScaling: key("fixupScaling", z.boolean(), "whether branches start smaller, the more blocks there are"),
  branchGain: key(
    "branchGain",
    whole("branchGain"),
    "how many times as large as Fixup's branches start, in 1/16, up to He's; 0 for 3 times up to 27 blocks, else once",
  ),
  classifierGain: key(
    "classifierGain",
    whole("classifierGain"),
    "standard deviation of the classifier's initial weights, in 1/16 of 1/sqrt(inputs), 0 in Fixup",
  ),
  centredWeights: key("centredWeights", z.boolean(), "whether each output channel's initial weights have mean zero"),
  fixupZeros: key("fixupZeros", z.boolean(), "whether the last convolution of a branch starts at zero"),
  fixupBiases: key("fixupBiases", z.boolean(), "whether biases are trained; the classifier's always are"),
  fixupScales: key("fixupScales", z.boolean(), "whether the scales of branches are trained"),
}).partial();

const required = recipeKeysSchema.required().shape;

/** Schema of {@linkcode EoqRecipe}. Reports of earlier versions lack the keys with a default. */
export const recipeSchema = z.strictObject({
  ...required,
  errorQuantizer: required.errorQuantizer.default(PAPER_RECIPE.errorQuantizer),
  logitErrorRounding: required.logitErrorRounding.default(PAPER_RECIPE.logitErrorRounding),
  centredGradients: required.centredGradients.default(PAPER_RECIPE.centredGradients),
  momentumBits: required.momentumBits.default(PAPER_RECIPE.momentumBits),
  errorFeedback: required.errorFeedback.default(PAPER_RECIPE.errorFeedback),
  branchGain: required.branchGain.default(PAPER_RECIPE.branchGain),
  classifierGain: required.classifierGain.default(PAPER_RECIPE.classifierGain),
  centredWeights: required.centredWeights.default(PAPER_RECIPE.centredWeights),
}) satisfies z.ZodType<EoqRecipe>;
