/**
 * The update of an int8 network (kernels/int8/update_kernels.h,
 * update_scalars.c).
 *
 * @module
 */

import type { EoqRecipe } from "../../exec/recipe.ts";
import { type Operations, sumOperations } from "../kinds.ts";
import type { Part } from "../parts.ts";
import { reads, SUM, WIDE_SUM } from "./moves.ts";
import { CLIP, type Each, elements, QUANTIZE_RANDOMLY, ROUND, ROUND_RANDOMLY, ROUND_WIDE, SCALE } from "./rounding.ts";

/** The gradient's extremes, and itself as int8; int64 sums drop bits first. */
function gradient(wide: boolean): Each {
  return sumOperations([{ "compare": 2, "shift": Number(wide) }, QUANTIZE_RANDOMLY]);
}

/** The gradient times the rate, the momentum that leaves, and their sum. */
const MOMENTUM: Each = sumOperations([{ "int8-multiply": 1, "shift": 1, "int32-add": 2 }, ROUND, ROUND, CLIP]);
/** The weight in steps of the momentum times the rate, rounded stochastically with bits that are there already. */
const DECAY: Each = { "shift": 3, "int32-multiply": 1, "int32-add": 2 };

const DRAW: Each = { "random": 1 };
/** Of a weight with a fraction: its parts, its update, both clips, and its parts again. */
const STORED: Each = sumOperations([{ "shift": 2, "int32-add": 1 }, CLIP, CLIP, ROUND]);

/** The weight itself, by the bits it is stored in. */
const WEIGHT: Readonly<Record<EoqRecipe["weightBits"], (decay: boolean) => Operations>> = {
  8: () => sumOperations([DRAW, ROUND_RANDOMLY, { "int16-add": 1 }, CLIP, CLIP]),
  16: () => sumOperations([DRAW, ROUND_RANDOMLY, { "int16-add": 2 }, STORED]),
  24: (decay) => sumOperations([decay ? DRAW : {}, { "shift": 1, "int32-add": 2 }, STORED]),
};

/** How weights are updated. */
export interface UpdatePlan extends Pick<EoqRecipe, "weightBits"> {
  readonly decay: boolean;
  /** Whether gradients are int64. */
  readonly wide: boolean;
}

/** The update of so many weights, or gammas and betas. */
export function weightsUpdate(layer: string, count: number, { weightBits, decay, wide }: UpdatePlan): Part {
  return {
    layer,
    phase: "update",
    operations: elements(count, gradient(wide), MOMENTUM, decay ? DECAY : {}, WEIGHT[weightBits](decay)),
    moves: [
      { tensor: "weights", read: weightBits / 8 * count, written: weightBits / 8 * count },
      { tensor: "optimizer", read: SUM * count, written: SUM * count },
      // Once for their extremes.
      reads("gradients", 2 * (wide ? WIDE_SUM : SUM) * count),
    ],
  };
}

/** The exact gradient times the rate, the momentum, and the rounded update of 16 bits. */
const SCALAR: Each = sumOperations([
  { "int64-multiply": 1, "random": 1, "shift": 2, "int64-add": 3, "int32-add": 1 },
  SCALE,
  ROUND_WIDE,
  ...[CLIP, CLIP, CLIP, CLIP, CLIP],
]);

/** The update of so many scalars. */
export function scalarsUpdate(count: number): Part {
  return {
    layer: "scalars",
    phase: "update",
    operations: elements(count, SCALAR),
    moves: [
      { tensor: "weights", read: 2 * count, written: 2 * count },
      { tensor: "optimizer", read: WIDE_SUM * count, written: WIDE_SUM * count },
      // Each with its exponent.
      reads("gradients", 2 * WIDE_SUM * count),
    ],
  };
}
