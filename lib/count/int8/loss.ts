/**
 * Softmax cross-entropy in int8 networks (kernels/int8/loss.c).
 *
 * @module
 */

import type { Words } from "../../native/words.ts";
import { type Counted, type Each, elements, fixed, type Setting, type SomeFormulas } from "../formula.ts";
import { sumOperations } from "../kinds.ts";
import { quantizedBytes, reads, SUM, writes } from "./moves.ts";
import { CLIP, isFlagged, isRandom, SCALE } from "./rounding.ts";

/** From the table of 2^(-i / 32), for a logit below the largest. */
const EXPONENTIAL: Each = sumOperations([
  SCALE,
  { "int32-add": 1, "compare": 2, "int32-multiply": 1, "shift": 3, "lookup": 1 },
]);
/** Sixteen bits by squaring. */
const LOGARITHM: Each = { "shift": 1 + 16 * 3, "int32-multiply": 16, "compare": 16, "int32-add": 16 };
/** The target of an image that may be mixed of two. */
const TARGET: Each = { "compare": 2, "int32-add": 1 };
/** To nearest, and stochastically. */
const ERROR: Each = sumOperations([{ "shift": 3, "int32-add": 2, "int-divide": 1 }, CLIP]);
const RANDOM_ERROR: Each = sumOperations([
  { "random": 1, "shift": 3, "int32-multiply": 1, "int64-multiply": 1, "int64-add": 2, "int32-add": 2 },
  { "int-divide": 1 },
  CLIP,
]);
/** Whether an error is below one step; its fine part is rounded as its coarse one; both are parts of a bias' gradient. */
const FLAG: Each = { "shift": 3, "int64-multiply": 1, "int64-add": 1, "compare": 2, "int32-add": 1 };

/* Where labels are smoothed: on top of the above, for finer targets, */
const SMOOTHED_ERROR: Each = { "int32-multiply": 1, "int64-add": 2 };
const SMOOTHED_RANDOM_ERROR: Each = { "shift": 2 };
/** and for the share of all classes in each target. */
const SMOOTHED_TARGET: Each = { "int32-multiply": 1, "int32-add": 1 };

/** What smoothed labels add to the loss of so many images: the share of all classes in it. */
function smoothedLoss(count: number, classes: number): Each {
  return elements(count, { "int64-multiply": 2, "int64-add": 1 + classes, "int-divide": 1 });
}

/** With the error of the logits and the gradients of the classifier's biases, where they are asked for. */
function loss({ n, classes, dlogits, quantizer }: Words<"int8_loss">, { smoothed }: Setting): Counted {
  const count = fixed(n), each = fixed(classes), all = count * each, random = isRandom(quantizer);
  const error = sumOperations([
    ...[EXPONENTIAL, TARGET, random ? RANDOM_ERROR : ERROR, { "int64-add": 1 }],
    isFlagged(quantizer) ? FLAG : {},
    ...smoothed ? [SMOOTHED_TARGET, random ? SMOOTHED_RANDOM_ERROR : SMOOTHED_ERROR] : [],
  ]);
  return {
    operations: sumOperations([
      { "compare": count * (each - 1) },
      elements(all, EXPONENTIAL, { "int32-add": 1 }),
      elements(count, SCALE, SCALE, SCALE, LOGARITHM),
      elements(count, { "int32-multiply": 3, "shift": 1, "int32-add": 3, "int64-add": 4, "compare": 1 }),
      dlogits === undefined ? {} : elements(all, error),
      smoothed ? smoothedLoss(count, each) : {},
    ]),
    moves: [
      reads("activations", SUM * all),
      writes("errors", dlogits === undefined ? 0 : quantizedBytes(all, quantizer)),
    ],
  };
}

/** The formula of the loss. */
export const INT8_LOSS = { int8_loss: loss } satisfies SomeFormulas;
