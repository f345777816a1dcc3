/**
 * `bits`: what each width and each rounding of the EOQ recipe is worth, changed
 * one at a time.
 *
 * @module
 */

import type { TrainingDesign } from "./training_design.ts";

const BATCH = 128;

/** Arguments of `eoq train` that set keys of the recipe. */
function set(...settings: readonly string[]): string[] {
  return ["--set", settings.join(",")];
}

/** The recipe, and what of it is changed: arguments of `eoq train`. */
const VARIANTS: readonly (readonly [row: string, extra: readonly string[]])[] = [
  ["the default recipe, all of 8 bits", []],
  ["W stored in 16 bits", ["--weights", "16"]],
  ["W stored in 24 bits", ["--weights", "24"]],
  ["W of 6 bits", set("computeBits=6")],
  ["W of 4 bits", set("computeBits=4")],
  ["A of 6 bits", set("activationBits=6")],
  ["A of 4 bits", set("activationBits=4")],
  ["A rounded stochastically", set("activationRounding=stochastic")],
  ["E of 6 bits", set("errorBits=6")],
  ["E of 4 bits", set("errorBits=4")],
  ["E rounded stochastically", set("errorRounding=stochastic")],
  ["E rounded stochastically, logits too", set("errorRounding=stochastic", "logitErrorRounding=stochastic")],
  ["E with flags", set("errorQuantizer=flag")],
  ["exponents of the step before", set("exponents=hindsight")],
  ["G of 6 bits", set("gradientBits=6")],
  ["G of 4 bits", set("gradientBits=4")],
  ["G rounded to nearest", set("gradientRounding=nearest")],
  ["G by constant quantization", set("gradientQuantizer=constant")],
  ["U of 6 bits", set("updateBits=6")],
  ["U of 4 bits", set("updateBits=4")],
  ["U rounded to nearest", set("updateRounding=nearest")],
  ["input halved, not centred", ["--input", "half"]],
];

/** All variants on one network. */
export function bits(model: string): TrainingDesign {
  return {
    title: `Test accuracy of eoq on ${model} by width and rounding`,
    across: "recipe",
    places: VARIANTS.map(([row, extra]) => ({
      row,
      column: model,
      method: "eoq",
      model,
      batch: BATCH,
      extra,
      published: [],
    })),
    notes: [`Batch ${BATCH}; one thing is changed at a time.`],
  };
}
