/**
 * Networks without shortcuts: small ones, as they were for handwritten digits,
 * and the VGG-small that integer training is measured by.
 *
 * @module
 */

import { type InputShape, PlanBuilder } from "./builder.ts";
import type { Plan } from "./plan.ts";

/** Units of the hidden layers. */
const HIDDEN = [256, 128];

/** A multilayer perceptron. */
export function mlp(model: string, shape: InputShape): Plan {
  const plan = new PlanBuilder(model, shape).flatten();
  HIDDEN.forEach((outputs, i) => plan.conv({ name: `hidden${i + 1}`, outputs, kernel: 1 }));
  return plan.build();
}

/**
 * The shape of LeNet-5 (LeCun et al., Gradient-based learning applied to
 * document recognition, 1998), with ReLU and max pools for its sigmoids and
 * averages.
 *
 * @throws {RangeError} when the images are too small.
 */
export function lenet(model: string, shape: InputShape): Plan {
  return new PlanBuilder(model, shape)
    .conv({ name: "conv1", outputs: 6, kernel: 5 })
    .maxPool("pool1", 2, 2, 0)
    .conv({ name: "conv2", outputs: 16, kernel: 5, padding: 0 })
    .maxPool("pool2", 2, 2, 0)
    .flatten()
    .conv({ name: "dense1", outputs: 120, kernel: 1 })
    .conv({ name: "dense2", outputs: 84, kernel: 1 })
    .build();
}

/** Channels of each stage's convolutions, by the layers with weights; a max pool of 2x2 ends a stage. */
const VGG_STAGES = {
  7: [[128, 128], [256, 256], [512, 512]],
  8: [[128, 128, 128], [256, 256], [512, 512]],
  9: [[128, 128, 128], [256, 256, 256], [512, 512]],
} as const;

/** Layers of a VGG-small that have weights: six to eight convolutions and the classifier. */
export type VggDepth = keyof typeof VGG_STAGES;

/**
 * The VGG-small of NITI (Wang et al., arXiv 2009.13108; the stages are those of
 * its published `ti_vgg.py`): convolutions of 3x3 with ReLU and no norm, one
 * linear layer over all pixels of the last pool. NITI has a dropout in front of
 * that layer and no biases; here a convolution has what its method gives it.
 *
 * @throws {RangeError} when the images are below 8x8 pixels.
 */
export function vggSmall(model: string, depth: VggDepth, shape: InputShape): Plan {
  const plan = new PlanBuilder(model, shape);
  VGG_STAGES[depth].forEach((channels, stage) => {
    channels.forEach((outputs, i) => plan.conv({ name: `stage${stage + 1}.conv${i + 1}`, outputs, kernel: 3 }));
    plan.maxPool(`stage${stage + 1}.pool`, 2, 2, 0);
  });
  return plan.flatten().build();
}
