/**
 * The update of an int8 network (kernels/int8/update_kernels.inc,
 * update_scalars.c).
 *
 * @module
 */

import type { EoqRecipe } from "../../exec/recipe.ts";
import { type Operations, sumOperations } from "../kinds.ts";
import type { Part } from "../parts.ts";
import { reads, SUM, WIDE_SUM } from "./moves.ts";
import {
  CLIP,
  type Each,
  elements,
  ROUND,
  ROUND_RANDOMLY,
  ROUND_WIDE,
  ROUND_WIDE_RANDOMLY,
  SCALE,
} from "./rounding.ts";

/** The gradient's extremes, and itself as int8; the draw serves the update, too. */
function gradient(wide: boolean): Each {
  return sumOperations([DRAW, { "compare": 2 }, wide ? ROUND_WIDE_RANDOMLY : ROUND_RANDOMLY, CLIP]);
}

/** Random bits in two halves. */
const DRAW: Each = { "random": 1, "shift": 1 };
/** The gradient times the rate. */
const FORCE: Each = sumOperations([{ "int8-multiply": 1, "shift": 1 }, ROUND]);
/** The weight in steps of the momentum times the rate, rounded stochastically. */
const DECAY: Each = { "shift": 4, "int32-multiply": 1, "int32-add": 2 };
/** The momentum, what leaves it, and the force. */
const MOMENTUM: Each = sumOperations([{ "int32-add": 2 }, ROUND, CLIP]);
/** Of a weight with a fraction: its parts, its update, both clips, and its parts again. */
const STORED: Each = sumOperations([{ "shift": 2, "int32-add": 1 }, CLIP, CLIP, ROUND]);

/** The weight itself, by the bits it is stored in. */
const WEIGHT: Readonly<Record<EoqRecipe["weightBits"], Operations>> = {
  8: sumOperations([ROUND_RANDOMLY, { "int16-add": 1 }, CLIP, CLIP]),
  16: sumOperations([ROUND_RANDOMLY, { "int16-add": 2 }, STORED]),
  24: sumOperations([{ "shift": 1, "int32-add": 2 }, STORED]),
};

/** Momentum and weight where what is rounded away stays in the momentum. */
const FEEDBACK: Each = sumOperations([
  ROUND_RANDOMLY,
  { "shift": 1, "int32-add": 2, "int16-add": 1 },
  ...[CLIP, CLIP, CLIP],
]);

/** How weights are updated. */
export interface UpdatePlan extends Pick<EoqRecipe, "weightBits" | "errorFeedback" | "centredGradients"> {
  readonly decay: boolean;
  /** Whether gradients are int64. */
  readonly wide: boolean;
}

/** Of each channel a sum, extremes or clips, a product with a reciprocal, and the mean taken off each gradient. */
function centring(channels: number, count: number, wide: boolean): Each {
  return sumOperations([
    elements(count, { "compare": 2, "int64-add": wide ? 2 : 1, "int32-add": wide ? 0 : 1 }),
    elements(channels, { "int64-multiply": 1, "int64-add": 1, "shift": 1 }),
  ]);
}

/** The update of so many weights, or gammas and betas, in so many channels. */
export function weightsUpdate(layer: string, channels: number, count: number, plan: UpdatePlan): Part {
  const { weightBits, errorFeedback, centredGradients, decay, wide } = plan;
  const size = wide ? WIDE_SUM : SUM;
  const learnt = errorFeedback && weightBits === 8 ? [FEEDBACK] : [MOMENTUM, WEIGHT[weightBits]];
  return {
    layer,
    phase: "update",
    operations: sumOperations([
      centredGradients ? centring(channels, count, wide) : {},
      elements(count, gradient(wide), FORCE, decay ? DECAY : {}, ...learnt),
    ]),
    moves: [
      { tensor: "weights", read: weightBits / 8 * count, written: weightBits / 8 * count },
      { tensor: "optimizer", read: SUM * count, written: SUM * count },
      // Once for their extremes; and for their mean, which is then taken off.
      reads("gradients", 2 * size * count),
      ...centredGradients ? [{ tensor: "gradients", read: 2 * size * count, written: size * count } as const] : [],
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
