/**
 * What every fp32 network does at its ends beside its multiply-accumulates
 * (kernels/fp32), whatever normalises it.
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
import type { Term } from "./operations.ts";

/** The sum at a block's end, and where its errors join. */
export function joinTerms(block: BlockPlan): Term[] {
  const { first, last } = branchEnds(block);
  const { input } = convElements(first), { output } = convElements(last);
  const carried = {
    "identity": output,
    "pad": output * first.inputs / last.outputs,
    "projection": input,
  }[block.shortcut.kind];
  return [
    { elements: output, adds: 1 }, // residual sum
    { elements: carried, adds: 1 }, // backward: error of the shortcut
  ];
}

function poolTerms(layer: LayerPlan): Term[] {
  if (layer.kind === "average-pool") {
    const { height, width, channels } = layer.input;
    return [
      { elements: height * width * channels, adds: 1 },
      { elements: channels, divisions: 2 }, // mean; backward: share
    ];
  }
  if (layer.kind !== "max-pool") return [];
  const { height, width } = outputSize(layer.pool);
  return [{ elements: height * width * layer.pool.channels, adds: 1 }]; // backward: sums
}

/**
 * Input, pools, classifier and loss of one training image, and its share of the
 * update.
 *
 * @param offsets parameters beside the weights and the classifier's biases
 */
export function endTerms(plan: Plan, offsets: number, batch: number): Term[] {
  const weights = convolutions(plan).reduce((sum, conv) => sum + convElements(conv).weights, 0);
  return [
    { elements: plan.height * plan.width * plan.channels, multiplies: 1 }, // scaling the input
    ...plan.layers.flatMap(poolTerms),
    { elements: plan.classes, adds: 6, divisions: 1 }, // bias, softmax twice over, error, bias gradient
    { elements: 1, adds: 2 }, // the loss
    { elements: (weights + offsets + plan.classes) / batch, adds: 3, multiplies: 3 }, // momentum, weight decay, the weight
  ];
}
