/**
 * What WAGEUBN does beside its multiply-accumulates (kernels/int8): batch norm
 * in integers. The shifts and subtractions of a square root count as the root.
 *
 * @module
 */

import { type BlockPlan, convElements, convolutions, type ConvPlan, type Plan } from "../plan/plan.ts";
import { lossTerms, plainErrors, plainTerms } from "./int8.ts";
import type { Term } from "./operations.ts";

/** Batch norm and its ReLU behind a convolution, forward and backward. */
function normTerms(conv: ConvPlan, batch: number): Term[] {
  const { output } = convElements(conv);
  return [
    { elements: output, adds: 2, multiplies: 1 }, // sum, sum of squares
    { elements: output, adds: 4, multiplies: 2 }, // normalise, scale and shift, rounding
    { elements: output, adds: 2, multiplies: 1 }, // backward: gradients of beta and gamma
    { elements: output, adds: 3, multiplies: 2 }, // backward: error of the sums, rounding
    // Variance, mean, deviation and its inverse, limit, running statistics; backward: two means, scale and slope.
    { elements: conv.outputs / batch, adds: 12, multiplies: 10, divisions: 9, squareRoots: 1 },
  ];
}

function blockTerms({ convs, shortcut }: BlockPlan): Term[] {
  const [{ input }, { output }] = [convElements(convs[0]!), convElements(convs.at(-1)!)];
  return [
    { elements: output, adds: 1, multiplies: 1 }, // shortcut, aligned
    ...convs.slice(0, -1).map((conv) => ({ elements: convElements(conv).output, adds: 3 })), // backward: sums, rounding
    { elements: input, adds: shortcut.kind === "identity" ? 6 : 5, multiplies: 1 }, // backward: join, sums, rounding
  ];
}

/** Terms of one training image at the given batch size. */
export function wageubnTerms(plan: Plan, batch: number): Term[] {
  const all = convolutions(plan), normalised = all.slice(0, -1);
  const weights = all.reduce((sum, conv) => sum + convElements(conv).weights, 0);
  const channels = normalised.reduce((sum, conv) => sum + conv.outputs, 0);
  return [
    ...normalised.flatMap((conv) => normTerms(conv, batch)),
    ...plan.layers.flatMap((layer) => layer.kind === "block" ? blockTerms(layer.block) : plainTerms(layer)),
    ...plainErrors(plan),
    ...lossTerms(plan),
    { elements: (weights + 2 * channels) / batch, adds: 12, multiplies: 3 }, // momentum, rounding, hash, the weight
    { elements: plan.classes / batch, adds: 8, multiplies: 3 },
  ];
}
