/**
 * The CIFAR residual networks of He et al. (arXiv 1512.03385, section 4.2):
 * a 3x3 stem, three stages of 16, 32 and 64 channels, depth 6n + 2.
 *
 * @module
 */

import type { BlockPlan, ConvPlan, Plan } from "./plan.ts";
import { outputSize } from "./plan.ts";

/** Models that {@linkcode resnet} builds, by name, with blocks a stage. */
export const RESNET_BLOCKS: Readonly<Record<string, number>> = {
  "resnet-8": 1,
  "resnet-14": 2,
  "resnet-20": 3,
  "resnet-32": 5,
  "resnet-44": 7,
  "resnet-56": 9,
  "resnet-110": 18,
};

const STAGE_CHANNELS = [16, 32, 64];

/** What a network must fit: the images it sees and the classes it tells apart. */
export interface InputShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly classes: number;
}

/**
 * Builds the plan of a CIFAR residual network.
 *
 * @throws {RangeError} when the model is unknown or the image is too small.
 *
 * @example
 * ```ts
 * import { resnet } from "./resnet.ts";
 * const plan = resnet("resnet-8", { height: 28, width: 28, channels: 1, classes: 10 });
 * console.log(plan.blocks.length); // 3
 * ```
 */
export function resnet(model: string, shape: InputShape): Plan {
  const blocksAStage = Object.hasOwn(RESNET_BLOCKS, model) ? RESNET_BLOCKS[model] : undefined;
  if (blocksAStage === undefined) {
    throw new RangeError(`unknown model "${model}"; known: ${Object.keys(RESNET_BLOCKS).join(", ")}`);
  }
  if (shape.height < 4 || shape.width < 4) {
    throw new RangeError(`${model} needs images of at least 4x4 pixels, not ${shape.height}x${shape.width}`);
  }
  const conv = (name: string, from: ConvPlan | undefined, outputs: number, stride: number): ConvPlan => ({
    name,
    ...(from === undefined
      ? { height: shape.height, width: shape.width, inputs: shape.channels }
      : { ...outputSize(from), inputs: from.outputs }),
    outputs,
    kernel: 3,
    stride,
    padding: 1,
  });
  const stem = conv("stem", undefined, STAGE_CHANNELS[0]!, 1);
  const blocks: BlockPlan[] = [];
  let previous = stem;
  STAGE_CHANNELS.forEach((channels, stage) => {
    for (let i = 0; i < blocksAStage; i++) {
      const name = `stage${stage + 1}.block${i + 1}`;
      const conv1 = conv(`${name}.conv1`, previous, channels, stage > 0 && i === 0 ? 2 : 1);
      const conv2 = conv(`${name}.conv2`, conv1, channels, 1);
      blocks.push({ name, conv1, conv2 });
      previous = conv2;
    }
  });
  const classifier: ConvPlan = {
    name: "classifier",
    height: 1,
    width: 1,
    inputs: previous.outputs,
    outputs: shape.classes,
    kernel: 1,
    stride: 1,
    padding: 0,
  };
  return { model, ...shape, stem, blocks, classifier };
}
