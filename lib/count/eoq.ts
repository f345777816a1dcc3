/**
 * What EOQ does beside its multiply-accumulates (kernels/int8). A rounding
 * shift costs one add.
 *
 * @module
 */

import { type BlockPlan, branchEnds, convElements, convolutions, type LayerPlan, type Plan } from "../plan/plan.ts";
import { fixupScalars } from "./fixup.ts";
import { lossTerms, plainErrors, plainTerms } from "./int8.ts";
import type { Term } from "./operations.ts";

function blockTerms(block: BlockPlan): Term[] {
  const { first, last } = branchEnds(block);
  const input = convElements(first).input, output = convElements(last).output;
  const { shortcut } = block;
  return [
    { elements: input, adds: 2, multiplies: 1 }, // input bias, aligned and rounded
    ...block.convs.slice(0, -1).flatMap((conv): Term[] => [
      { elements: convElements(conv).output, adds: 2 }, // ReLU
      { elements: convElements(conv).output, adds: 3 }, // backward: two bias sums, rounding
    ]),
    { elements: output, adds: 1 }, // rounding of the last convolution
    { elements: output, adds: 5, multiplies: 4 }, // residual sum: its maximum, then itself
    { elements: output, adds: 4, multiplies: 2 }, // backward: error times scale, gradients of scale and bias
    ...shortcut.kind === "projection"
      ? [{ elements: output, adds: 1 }, { elements: input, adds: 1 }] // rounding of the projection, and of its error
      : [],
    shortcut.kind === "identity"
      ? { elements: input, adds: 6, multiplies: 1 } // backward: align, join, two sums, rounding, the sum before the join
      : { elements: input, adds: 5, multiplies: 1 }, // without the last
  ];
}

function layerTerms(layer: LayerPlan): Term[] {
  switch (layer.kind) {
    case "conv":
      return [{ elements: convElements(layer.conv).output, adds: 2 }]; // ReLU: bias behind, rounding
    case "block":
      return blockTerms(layer.block);
    default:
      return plainTerms(layer);
  }
}

/** Terms of one training image at the given batch size. */
export function eoqTerms(plan: Plan, batch: number): Term[] {
  const weights = convolutions(plan).reduce((sum, conv) => sum + convElements(conv).weights, 0);
  return [
    ...plan.layers.flatMap(layerTerms),
    ...plainErrors(plan),
    ...lossTerms(plan),
    { elements: weights / batch, adds: 13, multiplies: 4 }, // momentum, two roundings, two hashes, the weight
    { elements: (fixupScalars(plan) + plan.classes) / batch, adds: 8, multiplies: 3 },
  ];
}
