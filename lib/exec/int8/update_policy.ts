/**
 * The recipe's part in updating weights, as the kernels take it.
 *
 * @module
 */

import type { Kernels } from "../../native/kernels.ts";
import type { Tensor } from "../../native/tensor.ts";
import type { EoqRecipe } from "../recipe.ts";

/** Makes updates with this momentum follow the recipe. Gradients are sums over `batch` images. */
export function setUpdatePolicy(library: Kernels, momentum: Tensor, recipe: EoqRecipe, batch: number): void {
  library.check(library.symbols.eoq_int8_update_policy(
    momentum.handle,
    recipe.computeBits,
    recipe.gradientBits,
    Number(recipe.gradientRounding === "nearest"),
    Number(recipe.gradientQuantizer === "constant"),
    recipe.gradientConstant,
    recipe.updateBits,
    Number(recipe.updateRounding === "nearest"),
    recipe.momentumShift,
    Number(recipe.errorFeedback),
    decayShift(recipe.weightDecayShift, batch),
  ));
}

/** The penalty on a sum over the batch is as many times that on the mean; 0 is none. */
function decayShift(shift: number, batch: number): number {
  return shift === 0 ? 0 : Math.max(1, shift - (31 - Math.clz32(batch)));
}
