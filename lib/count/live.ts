/**
 * The largest memory that is live at once.
 *
 * @module
 */

import { type Method, TRAITS } from "../exec/methods.ts";
import { stepBytes } from "../exec/outline.ts";
import { convElements, type LayerPlan, outputSize, type Plan } from "../plan/plan.ts";
import type { Trained } from "../plan/trained.ts";
import type { Selection } from "./work.ts";

/** Largest number of activations of one image that a layer of inference needs at once. */
function liveElements(layer: LayerPlan): number {
  switch (layer.kind) {
    case "conv": {
      const { input, output } = convElements(layer.conv);
      return input + output;
    }
    case "max-pool": {
      const { height, width, channels } = layer.pool;
      const output = outputSize(layer.pool);
      return (height * width + output.height * output.width) * channels;
    }
    case "block": {
      const { convs, shortcut } = layer.block;
      const sizes = convs.map(convElements), first = sizes[0]!.input;
      const joined = first + (shortcut.kind === "projection" ? 2 : 1) * sizes.at(-1)!.output;
      return Math.max(joined, ...sizes.map(({ input, output }, i) => input + output + (i === 0 ? 0 : first)));
    }
    case "average-pool":
      return (layer.input.height * layer.input.width + 1) * layer.input.channels;
    case "flatten":
      return 0;
  }
}

/**
 * Bytes live at once: in training what a step holds, in inference the
 * parameters and the activations that the greediest layer needs, block inputs
 * kept for their shortcuts.
 *
 * @throws {UserError} naming the layer that the method does not run.
 */
export function liveBytes(
  plan: Plan,
  method: Method,
  batch: number,
  selection: Selection,
  train?: Trained,
): number {
  const { parameters, activations, optimizer } = stepBytes(method, plan, batch, train);
  if (selection !== "inference") return parameters + activations + optimizer;
  const elementBytes = TRAITS[method].arithmetic === "fp32" ? 4 : 1;
  return parameters + elementBytes * batch * Math.max(...plan.layers.map(liveElements));
}
