/**
 * Networks on which the counts of the int8 methods are held to what is
 * executed.
 *
 * @module
 */

import { PlanBuilder } from "../../lib/plan/builder.ts";
import type { Plan } from "../../lib/plan/plan.ts";
import { SMALL_PLANS } from "../exec/plans.ts";

/** Images of a batch. */
export const BATCHES = [1, 3, 8];

/** A shape-changing block without a stride, one with, and an identity; sizes that no stride divides. */
export const ODD = new PlanBuilder("odd", { height: 7, width: 5, channels: 1, classes: 3 })
  .conv({ name: "stem", outputs: 3, kernel: 5, stride: 2 })
  .block("wider", [{ name: "conv1", outputs: 5, kernel: 3 }, { name: "conv2", outputs: 5, kernel: 1 }], "pad")
  .block(
    "smaller",
    [{ name: "conv1", outputs: 7, kernel: 3, stride: 2 }, { name: "conv2", outputs: 7, kernel: 3 }],
    "pad",
  )
  .block("same", [{ name: "conv1", outputs: 7, kernel: 3 }, { name: "conv2", outputs: 7, kernel: 3 }], "pad")
  .averagePool()
  .build();

/** Every kind of layer, for images of odd sizes. */
export const PLANS: readonly Plan[] = [ODD, ...SMALL_PLANS];

/** The int8 methods; each runs every plan. */
export const METHODS = ["eoq", "wageubn"] as const;
