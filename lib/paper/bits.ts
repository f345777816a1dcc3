/**
 * `bits`: what each width and each rounding of the EOQ recipe is worth, changed
 * one at a time.
 *
 * @module
 */

import type { TrainingDesign } from "./training.ts";

const BATCH = 128;

/** The recipe, and what of it is changed: arguments of `eoq train`. */
const VARIANTS: readonly (readonly [row: string, extra: readonly string[]])[] = [
  ["as published: all of 8 bits", []],
  ["weights stored in 16 bits", ["--weights", "16"]],
  ["weights stored in 24 bits", ["--weights", "24"]],
  ["input centred instead of halved", ["--input", "centered"]],
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
      published: undefined,
    })),
    notes: [`Batch ${BATCH}; one thing is changed at a time.`],
  };
}
