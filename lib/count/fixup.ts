/**
 * What the fp32 Fixup network does beside its multiply-accumulates
 * (kernels/fp32/fixup.c).
 *
 * @module
 */

import { convElements, type Plan } from "../plan/plan.ts";
import { residualNetwork } from "../plan/residual.ts";
import { endTerms } from "./fp32.ts";
import type { Term } from "./operations.ts";

/** Scalars of a block: a bias before and one behind each convolution, and the multiplier. */
const BLOCK_SCALARS = 5;

/** Terms of one training image at the given batch size. */
export function fixupTerms(plan: Plan, batch: number): Term[] {
  const relu = { adds: 2, multiplies: 1 }; // multiplier, bias before, bias behind
  const { blocks, ...network } = residualNetwork(plan);
  const stem = convElements(network.stem).output;
  return [
    ...endTerms(plan, 2 + BLOCK_SCALARS * blocks.length, batch),
    { elements: stem, ...relu },
    { elements: stem, adds: 2 }, // backward: sums of the two biases
    ...blocks.flatMap((block): Term[] => {
      const inner = convElements(block.conv1).output;
      const output = convElements(block.conv2).output;
      const carried = block.changesShape ? output * block.conv1.inputs / block.conv2.outputs : output;
      return [
        { elements: inner, ...relu },
        { elements: inner, adds: 2 }, // backward: sums of the two biases
        { elements: output, ...relu },
        { elements: output, adds: 1 }, // residual sum
        { elements: output, adds: 3, multiplies: 2 }, // backward: sums of the biases and the multiplier, its product
        { elements: carried, adds: 1 }, // backward: error of the shortcut
      ];
    }),
  ];
}
