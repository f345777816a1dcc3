/**
 * What a training step does to what it learns: weights, and the scalars beside
 * them.
 *
 * @module
 */

import type { Kernels } from "../../native/kernels.ts";
import type { Tensor } from "../../native/tensor.ts";
import { found, type Learnt, type Parameters } from "./parameters.ts";
import { RATE, SCALAR_RATE, STEP } from "./slots.ts";

/** Updates weights from their gradients `dw`, int32 or int64. */
export function updateWeights(
  library: Kernels,
  { layer, weights, fraction, momentum, policy, seed, stream }: Learnt,
  dw: Tensor,
): void {
  const words = {
    weights,
    fraction,
    momentum: found(momentum, `momentum of ${layer}`),
    dw,
    policy,
    ...RATE,
    count: weights.count,
    seed,
    step: STEP,
    stream,
  };
  library.call("int8_update", words, { layer, phase: "update" });
}

/**
 * Updates all scalars from `gradients`, a sum and its exponent for each; those that the recipe does not train stay, and
 * so do those of frozen layers, whose gradients and momentum nothing writes: they are zero from the start.
 */
export function updateScalars(library: Kernels, parameters: Parameters, gradients: Tensor): void {
  const { scalars, scalarMomentum: momentum, seed, scalarStream: stream, layout, recipe, nesterov } = parameters;
  const place = { layer: "scalars", phase: "update" } as const;
  const clear = (first: number, end: number) => {
    if (end > first) library.call("int8_clear_gradients", { gradients, first, count: end - first }, place);
  };
  if (!recipe.fixupBiases) clear(0, 2 * layout.classifier);
  if (!recipe.fixupScales) clear(2 * layout.biases, gradients.count);
  const { biases, scales } = layout;
  const how = { momentum_shift: recipe.momentumShift, nesterov: Number(nesterov) };
  const words = { scalars, momentum, gradients, ...how, ...SCALAR_RATE, biases, scales };
  library.call("int8_update_scalars", { ...words, seed, step: STEP, stream }, place);
}
