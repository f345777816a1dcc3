/** Small plans at the edges of what a plan can be. */

import { PlanBuilder } from "../../lib/plan/builder.ts";
import type { Plan } from "../../lib/plan/plan.ts";
import { basic } from "./plans.ts";

/** Images of one pixel and of one column, windows as large as the image, strides that leave pixels out, wide padding. */
export const ODD_PLANS: readonly Plan[] = [
  new PlanBuilder("one-pixel", { height: 1, width: 1, channels: 1, classes: 2 })
    .conv({ name: "conv", outputs: 1, kernel: 1 })
    .build(),
  new PlanBuilder("column", { height: 3, width: 1, channels: 5, classes: 2 })
    .conv({ name: "conv", outputs: 3, kernel: 3 })
    .block("block", basic(3, 1), "pad")
    .averagePool()
    .build(),
  new PlanBuilder("whole-window", { height: 4, width: 4, channels: 3, classes: 2 })
    .conv({ name: "conv", outputs: 67, kernel: 4, padding: 0 })
    .conv({ name: "dense", outputs: 3, kernel: 1 })
    .build(),
  new PlanBuilder("strides", { height: 17, width: 12, channels: 2, classes: 7 })
    .conv({ name: "conv1", outputs: 9, kernel: 2, stride: 3, padding: 0 })
    .conv({ name: "conv2", outputs: 5, kernel: 5, stride: 2, padding: 4 })
    .maxPool("pool", 2, 3, 0)
    .flatten().build(),
  new PlanBuilder("padding", { height: 1, width: 2, channels: 4, classes: 3 })
    .conv({ name: "conv1", outputs: 6, kernel: 5, stride: 2, padding: 4 })
    .conv({ name: "conv2", outputs: 6, kernel: 1, stride: 2 })
    .flatten()
    .build(),
  new PlanBuilder("many-channels", { height: 5, width: 5, channels: 1, classes: 130 })
    .conv({ name: "conv", outputs: 232, kernel: 3 })
    .block("block", basic(232, 1), "pad")
    .averagePool().build(),
];
