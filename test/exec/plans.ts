/** Small plans of every kind of layer. */

import { type ConvOptions, type InputShape, PlanBuilder } from "../../lib/plan/builder.ts";
import { buildPlan } from "../../lib/plan/models.ts";
import type { Plan } from "../../lib/plan/plan.ts";

/** Convolutions of a basic block. */
export const basic = (outputs: number, stride: number): ConvOptions[] => [
  { name: "conv1", outputs, kernel: 3, stride },
  { name: "conv2", outputs, kernel: 3 },
];

/** Convolutions of a bottleneck block, which has twice as many outputs. */
export const bottleneck = (outputs: number, stride: number): ConvOptions[] => [
  { name: "conv1", outputs, kernel: 1 },
  { name: "conv2", outputs, kernel: 3, stride },
  { name: "conv3", outputs: 2 * outputs, kernel: 1 },
];

/** An ImageNet network but for its size: stem, max pool, blocks of both kinds with projections and without. */
export function tinyImagenet(shape: InputShape): Plan {
  return new PlanBuilder("tiny-imagenet", shape)
    .conv({ name: "stem", outputs: 8, kernel: 7, stride: 2 })
    .maxPool("pool", 3, 2, 1)
    .block("basic1", basic(8, 1), "projection")
    .block("basic2", basic(12, 2), "projection")
    .block("bottleneck1", bottleneck(8, 2), "projection")
    .block("bottleneck2", bottleneck(8, 1), "projection")
    .averagePool()
    .build();
}

/** By name: every kind of network, for images of odd sizes. */
export const SMALL_PLANS: readonly Plan[] = [
  tinyImagenet({ height: 27, width: 22, channels: 3, classes: 4 }),
  buildPlan("resnet-8", { height: 9, width: 10, channels: 2, classes: 3 }),
  buildPlan("lenet", { height: 14, width: 17, channels: 1, classes: 4 }),
  buildPlan("mlp", { height: 5, width: 7, channels: 2, classes: 5 }),
];
