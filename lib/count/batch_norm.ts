/**
 * What the fp32 batch-norm network does beside its multiply-accumulates
 * (kernels/fp32): the textbook two-pass layer, without the bookkeeping of
 * sums that several threads share.
 *
 * @module
 */

import { convElements, convolutions, type ConvPlan, type Plan } from "../plan/plan.ts";
import { endTerms, joinTerms } from "./fp32.ts";
import type { Term } from "./operations.ts";

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
  const normalised = convolutions(plan).slice(0, -1);
  return [
    ...endTerms(plan, normalised.reduce((sum, conv) => sum + 2 * conv.outputs, 0), batch),
    ...normalised.flatMap((conv) => normTerms(conv, batch)),
    ...plan.layers.flatMap((layer) => layer.kind === "block" ? joinTerms(layer.block) : []),
  ];
}
