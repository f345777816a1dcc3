/**
 * Small networks without shortcuts, as they were for handwritten digits.
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
