/**
 * What the fp32 batch-norm network does beside its multiply-accumulates
 * (kernels/fp32): the textbook two-pass layer, without the bookkeeping of
 * sums that several threads share.
 *
 * @module
 */

import { convolutions, type ConvPlan, type Plan } from "../plan/plan.ts";
import { residualNetwork } from "../plan/residual.ts";
import { convElements, type Term } from "./operations.ts";

/** Batch norm and its ReLU behind a convolution, forward and backward. */
function normTerms(conv: ConvPlan, batch: number): Term[] {
  return [
    { elements: convElements(conv).output, adds: 3, multiplies: 1 }, // mean; deviation, its square, their sum
    { elements: convElements(conv).output, adds: 2, multiplies: 1 }, // normalise, scale and shift
    { elements: convElements(conv).output, adds: 3, multiplies: 1 }, // backward: gradients of beta and gamma
    { elements: convElements(conv).output, adds: 3, multiplies: 2 }, // backward: error of the input
    // Mean, variance twice, root and its inverse, running statistics; backward: two means, scale and slope.
    { elements: conv.outputs / batch, adds: 5, multiplies: 6, divisions: 6, squareRoots: 1 },
  ];
}

/** Terms of one training image at the given batch size. */
export function batchNormTerms(plan: Plan, batch: number): Term[] {
  const { stem, blocks } = residualNetwork(plan);
  const features = plan.classifier.inputs;
  const pooled = blocks.at(-1)?.conv2 ?? stem;
  const all = convolutions(plan);
  const normalised = all.slice(0, -1);
  const weights = all.reduce((sum, conv) => sum + convElements(conv).weights, 0);
  const learned = weights + normalised.reduce((sum, conv) => sum + 2 * conv.outputs, 0) + plan.classes;
  return [
    { elements: convElements(stem).input, multiplies: 1 }, // scaling the input
    ...normalised.flatMap((conv) => normTerms(conv, batch)),
    ...blocks.flatMap((block): Term[] => {
      const output = convElements(block.conv2).output;
      const carried = block.changesShape ? output * block.conv1.inputs / block.conv2.outputs : output;
      return [
        { elements: output, adds: 1 }, // residual sum
        { elements: carried, adds: 1 }, // backward: error of the shortcut
      ];
    }),
    { elements: convElements(pooled).output, adds: 1 }, // pool
    { elements: features, divisions: 2 }, // mean; backward: share
    { elements: plan.classes, adds: 6, divisions: 1 }, // bias, softmax twice over, error, bias gradient
    { elements: 1, adds: 2 }, // the loss
    { elements: learned / batch, adds: 3, multiplies: 3 }, // momentum, weight decay, the weight
  ];
}
