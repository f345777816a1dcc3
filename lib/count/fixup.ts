/**
 * What the fp32 Fixup network does beside its multiply-accumulates
 * (kernels/fp32/fixup.c).
 *
 * @module
 */

import { type BlockPlan, branchEnds, convElements, type Plan } from "../plan/plan.ts";
import { endTerms, joinTerms } from "./fp32.ts";
import type { Term } from "./operations.ts";

/**
 * Scalars of a Fixup network but for the classifier's: a bias a plain layer and
 * one before the classifier, a bias before and one behind each convolution of
 * a block, and its multiplier.
 */
export function fixupScalars(plan: Plan): number {
  return plan.layers.reduce((sum, layer) => {
    if (layer.kind === "block") return sum + 2 * layer.block.convs.length + 1;
    return layer.kind === "conv" || layer.kind === "average-pool" ? sum + 1 : sum;
  }, 0);
}

const RELU = { adds: 2, multiplies: 1 }; // multiplier, bias before, bias behind

function blockTerms(block: BlockPlan): Term[] {
  const output = convElements(branchEnds(block).last).output;
  return [
    ...block.convs.slice(0, -1).flatMap((conv): Term[] => [
      { elements: convElements(conv).output, ...RELU },
      { elements: convElements(conv).output, adds: 2 }, // backward: sums of the two biases
    ]),
    { elements: output, ...RELU },
    { elements: output, adds: 3, multiplies: 2 }, // backward: sums of the biases and the multiplier, its product
    ...joinTerms(block),
  ];
}

/** Terms of one training image at the given batch size. */
export function fixupTerms(plan: Plan, batch: number): Term[] {
  return [
    ...endTerms(plan, fixupScalars(plan), batch),
    ...plan.layers.flatMap((layer): Term[] => {
      if (layer.kind === "block") return blockTerms(layer.block);
      if (layer.kind !== "conv") return [];
      const { output } = convElements(layer.conv);
      return [{ elements: output, ...RELU }, { elements: output, adds: 2 }]; // backward: sums of the two biases
    }),
  ];
}
