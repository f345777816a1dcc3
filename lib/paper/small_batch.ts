/**
 * `small-batch`: what becomes of a network when its batches shrink, with batch
 * norm and without.
 *
 * @module
 */

import type { Method } from "../exec/methods.ts";
import { smallBatchAccuracies } from "./published.ts";
import type { TrainingDesign } from "./training_design.ts";

const BATCHES = [1, 2, 4, 8, 32, 128];

/** Methods that are compared where the user names none. */
export const SMALL_BATCH_METHODS: readonly Method[] = ["bn-fp32", "eoq"];

/** The same number of images for each method and batch size. */
export function smallBatch(model: string, methods: readonly Method[]): TrainingDesign {
  return {
    title: `Test accuracy of ${model} by batch size`,
    across: "batch",
    places: methods.flatMap((method) =>
      BATCHES.map((batch) => ({
        row: method,
        column: `${batch}`,
        method,
        model,
        batch,
        extra: [],
        published: smallBatchAccuracies(method, model, batch),
      }))
    ),
    notes: [
      "All cells train on the same number of images. How learning rates follow the batch size: lib/exec/fp32/recipe.ts " +
      "and lib/exec/int8/learning_rate.ts.",
    ],
    withPublished: true,
  };
}
