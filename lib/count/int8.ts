/**
 * What all int8 networks do alike beside their multiply-accumulates
 * (kernels/int8). A rounding shift costs one add.
 *
 * @module
 */

import { convElements, type LayerPlan, outputSize, type Plan } from "../plan/plan.ts";
import type { Term } from "./operations.ts";

/** Squarings and the last product of the loss' logarithm. */
const LOGARITHM_MULTIPLIES = 17;

/** Layers that learn nothing. */
export function plainTerms(layer: LayerPlan): Term[] {
  switch (layer.kind) {
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
    default:
      return [];
  }
}

/** Errors that pass no layer but a ReLU: into a plain convolution or the classifier, the images apart. */
export function plainErrors(plan: Plan): Term[] {
  const plain = [...plan.layers.flatMap((layer) => layer.kind === "conv" ? [layer.conv] : []).slice(1)];
  if (plan.layers.at(-1)?.kind !== "average-pool") plain.push(plan.classifier);
  return plain.map((conv) => ({ elements: convElements(conv).input, adds: 2 })); // bias sum, rounding
}

/** Softmax cross-entropy and its error. */
export function lossTerms(plan: Plan): Term[] {
  return [
    { elements: plan.classes, adds: 6, multiplies: 2, divisions: 1 }, // softmax twice over, error, its sum
    { elements: 1, adds: 4, multiplies: LOGARITHM_MULTIPLIES }, // the loss
  ];
}
