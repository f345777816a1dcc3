/**
 * What every fp32 network does at its ends beside its multiply-accumulates
 * (kernels/fp32), whatever normalises it.
 *
 * @module
 */

import { convElements, convolutions, type Plan } from "../plan/plan.ts";
import { residualNetwork } from "../plan/residual.ts";
import type { Term } from "./operations.ts";

/**
 * Input, pool, classifier and loss of one training image, and its share of the
 * update.
 *
 * @param offsets parameters beside the weights and the classifier's biases
 */
export function endTerms(plan: Plan, offsets: number, batch: number): Term[] {
  const { stem, blocks } = residualNetwork(plan);
  const pooled = blocks.at(-1)?.conv2 ?? stem;
  const weights = convolutions(plan).reduce((sum, conv) => sum + convElements(conv).weights, 0);
  return [
    { elements: convElements(stem).input, multiplies: 1 }, // scaling the input
    { elements: convElements(pooled).output, adds: 1 }, // pool
    { elements: plan.classifier.inputs, divisions: 2 }, // mean; backward: share
    { elements: plan.classes, adds: 6, divisions: 1 }, // bias, softmax twice over, error, bias gradient
    { elements: 1, adds: 2 }, // the loss
    { elements: (weights + offsets + plan.classes) / batch, adds: 3, multiplies: 3 }, // momentum, weight decay, the weight
  ];
}
