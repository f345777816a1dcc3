/**
 * `online`: what a network has learnt after its first images, taken one at a
 * time or a few.
 *
 * @module
 */

import type { Method } from "../exec/methods.ts";
import type { OnlineBudget } from "../report/scale.ts";
import type { TrainingDesign } from "./training_design.ts";

const BATCHES = [1, 32];

/** Each method on each network and batch size, a run for each number of images. */
export function online({ models, points }: OnlineBudget, methods: readonly Method[]): TrainingDesign {
  return {
    title: "Test accuracy after the first training images",
    across: "images",
    places: models.flatMap((model) =>
      BATCHES.flatMap((batch) =>
        methods.flatMap((method) =>
          points.map((images) => ({
            row: `${model}, batch ${batch}, ${method}`,
            column: images.toLocaleString("en-US"),
            method,
            model,
            batch,
            images,
            extra: [],
            published: [],
          }))
        )
      )
    ),
    notes: [
      "Each number of images is a run of its own, over which the learning rate falls as in any other: what a learner " +
      "reaches that knows how many images will come. --decay-at 99 --decay-by 2 keeps the rate up to the last " +
      "hundredth, as a learner must that does not know. All runs of a seed see the same images in the same order; " +
      "60,000 are one pass over MNIST.",
    ],
  };
}
