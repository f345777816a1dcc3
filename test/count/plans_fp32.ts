/**
 * Networks that the counts of the fp32 methods are tested on.
 *
 * @module
 */

import { PlanBuilder } from "../../lib/plan/builder.ts";
import { buildPlan } from "../../lib/plan/models.ts";
import type { Plan } from "../../lib/plan/plan.ts";
import { FLAT, PLAIN, PLAN, PROJECTED } from "../exec/fp32/networks.ts";

/** Sums over several chunks, wide tiles and narrow ones, inference in groups of two, a max pool in front of an identity. */
export const WIDE = new PlanBuilder("wide", { height: 20, width: 19, channels: 2, classes: 3 })
  .conv({ name: "stem", outputs: 300, kernel: 1 })
  .conv({ name: "narrow", outputs: 5, kernel: 3, stride: 2 })
  .maxPool("pool", 3, 2, 1)
  .block("a", [{ name: "conv1", outputs: 5, kernel: 3 }, { name: "conv2", outputs: 5, kernel: 3 }], "pad")
  .averagePool()
  .build();

/** Every kind of layer and shortcut, odd sizes, padding that strides skip. */
export const PLANS: readonly Plan[] = [
  PLAN,
  PROJECTED,
  PLAIN,
  FLAT,
  WIDE,
  buildPlan("resnet-8", { height: 9, width: 8, channels: 3, classes: 10 }),
  buildPlan("mlp", { height: 5, width: 4, channels: 1, classes: 10 }),
  buildPlan("lenet", { height: 14, width: 15, channels: 1, classes: 10 }),
];

/** Batch sizes. */
export const BATCHES = [1, 3, 8];
