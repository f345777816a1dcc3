/**
 * `accuracy`: every method on the same images, network by network.
 *
 * @module
 */

import { type Method, METHODS, TRAITS } from "../exec/methods.ts";
import { accuraciesOf } from "./published.ts";
import type { TrainingDesign } from "./training_design.ts";

const BATCH = 128;

/** A line of the table. */
interface Contender {
  readonly row: string;
  readonly method: Method;
  readonly extra: readonly string[];
  /** Whether it is what the method's paper trains, whose numbers then stand beside it. */
  readonly published: boolean;
}

/** The lines of a method: one that takes a recipe is the strict one of its paper, and one whose weights are stored wider. */
function contenders(method: Method): Contender[] {
  if (!TRAITS[method].takesRecipe) return [{ row: method, method, extra: [], published: true }];
  return [8, 16].map((bits) => ({
    row: `${method}, weights of ${bits} bits`,
    method,
    extra: ["--weights", `${bits}`],
    published: bits === 8,
  }));
}

/** The given methods, or all, on each model. */
export function accuracy(models: readonly string[], methods: readonly Method[] = METHODS): TrainingDesign {
  return {
    title: "Test accuracy by method and network",
    across: "method",
    places: methods.flatMap(contenders).flatMap(({ row, method, extra, published }) =>
      models.map((model) => ({
        row,
        column: model,
        method,
        model,
        batch: BATCH,
        extra,
        published: published ? accuraciesOf(method, model) : [],
      }))
    ),
    notes: [`Batch ${BATCH}; every method has the same images in the same order and its own learning rate.`],
    withPublished: true,
  };
}
