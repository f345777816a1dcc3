/**
 * The residual networks of He et al. (arXiv 1512.03385).
 *
 * @module
 */

import { type ConvOptions, type InputShape, PlanBuilder } from "./builder.ts";
import type { Plan } from "./plan.ts";

/** Channels of the three stages of a CIFAR network. */
const STAGE_CHANNELS = [16, 32, 64];

/**
 * Builds the plan of a CIFAR residual network (section 4.2): a 3x3 stem, three
 * stages of 16, 32 and 64 channels, depth 6n + 2.
 *
 * @param blocks n.
 * @throws {RangeError} when the image is too small.
 */
export function cifarResnet(model: string, blocks: number, shape: InputShape): Plan {
  if (shape.height < 4 || shape.width < 4) {
    throw new RangeError(
      `${model} needs images of at least 4x4 pixels, not ${shape.height}x${shape.width}: ` +
        "stage2.block1 and stage3.block1 halve them",
    );
  }
  const plan = new PlanBuilder(model, shape).conv({ name: "stem", outputs: STAGE_CHANNELS[0]!, kernel: 3 });
  STAGE_CHANNELS.forEach((outputs, stage) => {
    for (let i = 0; i < blocks; i++) {
      plan.block(`stage${stage + 1}.block${i + 1}`, [
        { name: "conv1", outputs, kernel: 3, stride: stage > 0 && i === 0 ? 2 : 1 },
        { name: "conv2", outputs, kernel: 3 },
      ], "pad");
    }
  });
  return plan.averagePool().build();
}

/** Channels of the first stage of an ImageNet network; each stage doubles them. */
const FIRST_CHANNELS = 64;
/** How many times wider a bottleneck ends than it is inside. */
const EXPANSION = 4;

function basic(outputs: number, stride: number): ConvOptions[] {
  return [{ name: "conv1", outputs, kernel: 3, stride }, { name: "conv2", outputs, kernel: 3 }];
}

function bottleneck(outputs: number, stride: number): ConvOptions[] {
  return [
    { name: "conv1", outputs, kernel: 1 },
    { name: "conv2", outputs, kernel: 3, stride },
    { name: "conv3", outputs: EXPANSION * outputs, kernel: 1 },
  ];
}

/** What an ImageNet residual network is made of. */
export interface ImagenetStages {
  readonly block: "basic" | "bottleneck";
  /** Blocks of each stage. */
  readonly blocks: readonly number[];
}

/**
 * Builds the plan of an ImageNet residual network (table 1), for images of any
 * size: a 7x7 stem and a max pool, each of stride 2, four stages of 64 to 512
 * channels, shortcuts of option B. A bottleneck has its stride on the 3x3
 * convolution.
 */
export function imagenetResnet(model: string, { block, blocks }: ImagenetStages, shape: InputShape): Plan {
  const plan = new PlanBuilder(model, shape)
    .conv({ name: "stem", outputs: FIRST_CHANNELS, kernel: 7, stride: 2 })
    .maxPool("pool", 3, 2, 1);
  blocks.forEach((count, stage) => {
    for (let i = 0; i < count; i++) {
      const convs = { basic, bottleneck }[block](FIRST_CHANNELS * 2 ** stage, stage > 0 && i === 0 ? 2 : 1);
      plan.block(`stage${stage + 1}.block${i + 1}`, convs, "projection");
    }
  });
  return plan.averagePool().build();
}
