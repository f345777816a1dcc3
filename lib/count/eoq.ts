/**
 * What EOQ does beside its multiply-accumulates (kernels/int8). A rounding
 * shift costs one add.
 *
 * @module
 */

import {
  type BlockPlan,
  branchEnds,
  convElements,
  convolutions,
  type LayerPlan,
  outputSize,
  type Plan,
} from "../plan/plan.ts";
import { fixupScalars } from "./fixup.ts";
import type { Term } from "./operations.ts";

/** Squarings and the last product of the loss' logarithm. */
const LOGARITHM_MULTIPLIES = 17;

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
    case "max-pool": {
      const { height, width, channels } = layer.pool;
      const output = outputSize(layer.pool);
      return [
        { elements: output.height * output.width * channels, adds: 1 }, // backward: sums
        { elements: height * width * channels, adds: 1 }, // backward: rounding
      ];
    }
    case "average-pool": {
      const { height, width, channels } = layer.input;
      return [
        { elements: height * width * channels, adds: 1 },
        { elements: channels, adds: 2, multiplies: 1 }, // mean, bias, rounding
        { elements: channels, adds: 2, multiplies: 1 }, // backward: share, rounding, bias sum
      ];
    }
    case "flatten":
      return [];
  }
}

/** Errors that pass no layer but a ReLU: into a plain convolution or the classifier, the images apart. */
function plainErrors(plan: Plan): Term[] {
  const plain = [...plan.layers.flatMap((layer) => layer.kind === "conv" ? [layer.conv] : []).slice(1)];
  if (plan.layers.at(-1)?.kind !== "average-pool") plain.push(plan.classifier);
  return plain.map((conv) => ({ elements: convElements(conv).input, adds: 2 })); // bias sum, rounding
}

/** Terms of one training image at the given batch size. */
export function eoqTerms(plan: Plan, batch: number): Term[] {
  const weights = convolutions(plan).reduce((sum, conv) => sum + convElements(conv).weights, 0);
  return [
    ...plan.layers.flatMap(layerTerms),
    ...plainErrors(plan),
    { elements: plan.classes, adds: 6, multiplies: 2, divisions: 1 }, // softmax twice over, error, its sum
    { elements: 1, adds: 4, multiplies: LOGARITHM_MULTIPLIES }, // the loss
    { elements: weights / batch, adds: 13, multiplies: 4 }, // momentum, two roundings, two hashes, the weight
    { elements: (fixupScalars(plan) + plan.classes) / batch, adds: 8, multiplies: 3 },
  ];
}
