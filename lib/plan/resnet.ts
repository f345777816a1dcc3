/**
 * The CIFAR residual networks of He et al. (arXiv 1512.03385, section 4.2):
 * a 3x3 stem, three stages of 16, 32 and 64 channels, depth 6n + 2.
 *
 * @module
 */

import { type InputShape, PlanBuilder } from "./builder.ts";
import type { Plan } from "./plan.ts";

const STAGE_CHANNELS = [16, 32, 64];

/**
 * Builds the plan of a CIFAR residual network.
 *
 * @throws {RangeError} when the image is too small.
 */
export function cifarResnet(model: string, blocksAStage: number, shape: InputShape): Plan {
  if (shape.height < 4 || shape.width < 4) {
    throw new RangeError(
      `${model} needs images of at least 4x4 pixels, not ${shape.height}x${shape.width}: ` +
        "stage2.block1 and stage3.block1 halve them",
    );
  }
  const plan = new PlanBuilder(model, shape).conv({ name: "stem", outputs: STAGE_CHANNELS[0]!, kernel: 3 });
  STAGE_CHANNELS.forEach((outputs, stage) => {
    for (let i = 0; i < blocksAStage; i++) {
      plan.block(`stage${stage + 1}.block${i + 1}`, [
        { name: "conv1", outputs, kernel: 3, stride: stage > 0 && i === 0 ? 2 : 1 },
        { name: "conv2", outputs, kernel: 3 },
      ], "pad");
    }
  });
  return plan.averagePool().build();
}
