/**
 * `accuracy`: every method on the same images, network by network.
 *
 * @module
 */

import { type Method, METHODS } from "../exec/methods.ts";
import { accuracyOf } from "./published.ts";
import type { TrainingDesign } from "./training.ts";

const BATCH = 128;

/** The given methods, or all, on each model. */
export function accuracy(models: readonly string[], methods: readonly Method[] = METHODS): TrainingDesign {
  return {
    title: "Test accuracy by method and network",
    across: "method",
    places: methods.flatMap((method) =>
      models.map((model) => ({
        row: method,
        column: model,
        method,
        model,
        batch: BATCH,
        extra: [],
        published: accuracyOf(method, model),
      }))
    ),
    notes: [`Batch ${BATCH}; every method has the same images in the same order and its own learning rate.`],
  };
}
