/**
 * What EOQ does beside its multiply-accumulates (kernels/int8). A rounding
 * shift costs one add.
 *
 * @module
 */

import { convElements, convolutions, type Plan } from "../plan/plan.ts";
import { residualNetwork } from "../plan/residual.ts";
import type { Term } from "./operations.ts";

/** Squarings and the last product of the loss' logarithm. */
const LOGARITHM_MULTIPLIES = 17;

/** Terms of one training image at the given batch size. */
export function eoqTerms(plan: Plan, batch: number): Term[] {
  const network = residualNetwork(plan);
  const stem = convElements(network.stem);
  const features = plan.classifier.inputs;
  const pooled = network.blocks.at(-1)?.conv2 ?? network.stem;
  const weights = convolutions(plan).reduce((sum, conv) => sum + convElements(conv).weights, 0);
  const scalars = 2 + 5 * network.blocks.length + plan.classes;
  return [
    { elements: stem.output, adds: 2 }, // ReLU: bias behind, rounding
    ...network.blocks.flatMap((block): Term[] => {
      const input = convElements(block.conv1).input;
      const inner = convElements(block.conv1).output;
      const output = convElements(block.conv2).output;
      return [
        { elements: input, adds: 2, multiplies: 1 }, // input bias, aligned and rounded
        { elements: inner, adds: 2 }, // ReLU
        { elements: output, adds: 1 }, // rounding of the second convolution
        { elements: output, adds: 5, multiplies: 4 }, // residual sum: its maximum, then itself
        { elements: output, adds: 4, multiplies: 2 }, // backward: error times scale, gradients of scale and bias
        { elements: inner, adds: 3 }, // backward: two bias sums, rounding
        block.changesShape
          ? { elements: input, adds: 5, multiplies: 1 } // backward: align, join, two sums, rounding
          : { elements: input, adds: 6, multiplies: 1 }, // and the sum before the join
      ];
    }),
    { elements: convElements(pooled).output, adds: 1 }, // pool
    { elements: features, adds: 2, multiplies: 1 }, // mean, bias, rounding
    { elements: features, adds: 2, multiplies: 1 }, // backward: share, rounding, bias sum
    { elements: plan.classes, adds: 6, multiplies: 2, divisions: 1 }, // softmax twice over, error, its sum
    { elements: 1, adds: 4, multiplies: LOGARITHM_MULTIPLIES }, // the loss
    { elements: weights / batch, adds: 13, multiplies: 4 }, // momentum, two roundings, two hashes, the weight
    { elements: scalars / batch, adds: 8, multiplies: 3 },
  ];
}
