/**
 * The update of an int8 network (kernels/int8/update_kernels.inc,
 * update_scalars.c).
 *
 * @module
 */

import type { Words } from "../../native/words.ts";
import { type Counted, type Each, elements, fixed, type SomeFormulas } from "../formula.ts";
import { sumOperations } from "../kinds.ts";
import { reads, SUM, WIDE_SUM, writes } from "./moves.ts";
import { CLIP, ROUND, ROUND_RANDOMLY, ROUND_WIDE, ROUND_WIDE_RANDOMLY, SCALE } from "./rounding.ts";

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
const WEIGHT = {
  8: sumOperations([ROUND_RANDOMLY, { "int16-add": 1 }, CLIP, CLIP]),
  16: sumOperations([ROUND_RANDOMLY, { "int16-add": 2 }, STORED]),
  24: sumOperations([{ "shift": 1, "int32-add": 2 }, STORED]),
} as const;

/** Momentum and weight where what is rounded away stays in the momentum. */
const FEEDBACK: Each = sumOperations([
  ROUND_RANDOMLY,
  { "shift": 1, "int32-add": 2, "int16-add": 1 },
  ...[CLIP, CLIP, CLIP],
]);

/** Nesterov's step from the force, and the momentum or, with feedback, the force again. */
const NESTEROV: Each = sumOperations([{ "int32-add": 2 }, ROUND, CLIP]);
const NESTEROV_FEEDBACK: Each = sumOperations([{ "int32-add": 2, "shift": 1 }, CLIP]);

/** A momentum of 16 bits made one of 24, and rounded again. */
const NARROW: Each = sumOperations([{ "shift": 2, "int32-add": 1 }, CLIP]);

/** Bits in which weights with such a fraction are stored. */
function storedBits({ fraction }: Pick<Words<"int8_update">, "fraction">): keyof typeof WEIGHT {
  return fraction === undefined ? 8 : fraction.type === "uint8" ? 16 : 24;
}

/** Of weights, or of gammas and betas. */
function update(words: Words<"int8_update">): Counted {
  const { dw, momentum, policy, count } = words,
    all = fixed(count),
    wide = dw.type === "int64",
    bits = storedBits(words);
  const narrow = momentum.type === "int16", kept = narrow ? 2 : SUM;
  const feedback = policy.feedback === 1 && bits === 8, nesterov = policy.nesterov === 1;
  const learnt = feedback ? [FEEDBACK] : [MOMENTUM, WEIGHT[bits]];
  return {
    operations: elements(
      all,
      gradient(wide),
      FORCE,
      fixed(policy.decay) > 0 ? DECAY : {},
      ...learnt,
      !nesterov ? {} : feedback ? NESTEROV_FEEDBACK : NESTEROV,
      narrow ? NARROW : {},
    ),
    moves: [
      { tensor: "weights", read: bits / 8 * all, written: bits / 8 * all },
      { tensor: "optimizer", read: kept * all, written: kept * all },
      // Once for their extremes.
      reads("gradients", 2 * (wide ? WIDE_SUM : SUM) * all),
    ],
  };
}

/** Of each channel a sum, extremes or clips, a product with a reciprocal, and the mean taken off each gradient. */
function centring({ dw, channels, count }: Words<"int8_centre_gradients">): Counted {
  const all = fixed(count), wide = dw.type === "int64", bytes = (wide ? WIDE_SUM : SUM) * all;
  return {
    operations: sumOperations([
      elements(all, { "compare": 2, "int64-add": wide ? 2 : 1, "int32-add": wide ? 0 : 1 }),
      elements(fixed(channels), { "int64-multiply": 1, "int64-add": 1, "shift": 1 }),
    ]),
    // For their mean, which is then taken off.
    moves: [{ tensor: "gradients", read: 2 * bytes, written: bytes }],
  };
}

/** The exact gradient times the rate, the momentum, and the rounded update of 16 bits. */
const SCALAR: Each = sumOperations([
  { "int64-multiply": 1, "random": 1, "shift": 2, "int64-add": 3, "int32-add": 1 },
  SCALE,
  ROUND_WIDE,
  ...[CLIP, CLIP, CLIP, CLIP, CLIP],
]);

const NESTEROV_SCALAR: Each = sumOperations([{ "int64-add": 2 }, ROUND_WIDE]);

/** Of biases and scales; each has its gradient with an exponent. */
function updateScalars({ biases, scales, nesterov }: Words<"int8_update_scalars">): Counted {
  const all = fixed(biases) + fixed(scales);
  return {
    operations: elements(all, SCALAR, nesterov === 1 ? NESTEROV_SCALAR : {}),
    moves: [
      { tensor: "weights", read: 2 * all, written: 2 * all },
      { tensor: "optimizer", read: WIDE_SUM * all, written: WIDE_SUM * all },
      reads("gradients", 2 * WIDE_SUM * all),
    ],
  };
}

/** Formulas of updates. */
export const INT8_UPDATES = {
  int8_centre_gradients: centring,
  int8_update: update,
  int8_clear_gradients: ({ count }) => ({ operations: {}, moves: [writes("gradients", WIDE_SUM * fixed(count))] }),
  int8_update_scalars: updateScalars,
} satisfies SomeFormulas;
