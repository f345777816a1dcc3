/**
 * What int8 networks do to errors on their way back, beside their convolutions
 * and norms (kernels/int8/error.c, residual.c, pool.c, max_pool.c).
 *
 * @module
 */

import type { Words } from "../../native/words.ts";
import { type Counted, type Each, elements, fixed, type SomeFormulas } from "../formula.ts";
import { sumOperations } from "../kinds.ts";
import { type ConvWords, shortcutPixels, sizesOf } from "../pass.ts";
import { JOINED } from "./activation.ts";
import { maskBytes, quantizedBytes, reads, SUM } from "./moves.ts";
import {
  CLIP,
  isFlagged,
  isRandom,
  narrowed,
  QUANTIZE,
  QUANTIZE_RANDOMLY,
  quantized,
  ROUND_WIDE,
  rounded,
} from "./rounding.ts";

/** Its extremes, and its sums before and behind the mask. */
const MASKED: Each = { "compare": 2, "int64-add": 2 };
/** The error of a shortcut, aligned with the sums that it joins. */
const JOIN_ERROR: Each = { "shift": 2, "int32-multiply": 1, "int32-add": 2 };
/** The gradient of the bias that an identity goes around. */
const BIAS_SUM: Each = { "int64-add": 1 };

/** How an error is masked and quantized. */
interface ErrorWords extends Pick<Words<"int8_activate_backward">, "mask" | "quantizer"> {}

/** So many sums behind a mask: those that are not at hand are read for their extremes and again to be quantized. */
export function maskedError(count: number, { mask, quantizer }: ErrorWords, atHand: boolean): Counted {
  return {
    operations: elements(count, MASKED, quantized(quantizer)),
    moves: [
      { tensor: "errors", read: atHand ? 0 : 2 * SUM * count, written: quantizedBytes(count, quantizer) },
      reads("activations", maskBytes(count, mask)),
    ],
  };
}

/** The same of a block's input, with the shape of the way around the block. */
interface BlockWords extends ErrorWords, ConvWords, Pick<Words<"int8_block_backward">, "shortcut_behind"> {}

/**
 * The error of a block's input: the branch's joined by the shortcut's, masked
 * and quantized. Where the shape stays, extremes are found on the way.
 */
export function joinedError(words: BlockWords, atHand: boolean): Counted {
  const { inputs, outputs, stride } = words.shape.geometry, { input } = sizesOf(words);
  const reached = shortcutPixels(words) * inputs, changes = stride !== 1 || outputs !== inputs;
  const { operations, moves } = maskedError(input, words, atHand), sums = atHand ? 0 : SUM * reached;
  return {
    operations: sumOperations([
      operations,
      elements(reached, JOIN_ERROR),
      elements(input, words.shortcut_behind === 0 ? BIAS_SUM : {}),
    ]),
    moves: [...moves, { tensor: "errors", read: reached + (changes ? sums : 0), written: sums }],
  };
}

/**
 * The gradients of a block's scale and of its bias, and the error of z: what is
 * not rounded to nearest is rounded in another pass over what was.
 */
function residualBackward({ quantizer, count }: Words<"int8_residual_backward">): Counted {
  const all = fixed(count), again = isRandom(quantizer) || isFlagged(quantizer), passes = again ? 2 : 1;
  return {
    operations: elements(
      all,
      { "int8-multiply": 1, "int32-add": 2 },
      { "int32-multiply": 1, "int32-add": 1 },
      QUANTIZE,
      ...again ? [JOINED, rounded(quantizer)] : [],
      narrowed(quantizer),
    ),
    moves: [
      reads("activations", passes * all),
      { tensor: "errors", read: passes * all, written: (passes - 1) * all + quantizedBytes(all, quantizer) },
    ],
  };
}

/** The error's share, rounded once a channel, or stochastically once a pixel; and the bias' gradient. */
function poolBackward({ mask, quantizer, n, pixels, c }: Words<"int8_pool_backward">): Counted {
  const means = fixed(n) * fixed(c), all = means * fixed(pixels), shared: Each = { "int32-multiply": 1 };
  return {
    operations: sumOperations([
      { "int64-add": means },
      isRandom(quantizer)
        ? elements(all, shared, { "shift": 1 }, CLIP, QUANTIZE_RANDOMLY)
        : elements(means, shared, ROUND_WIDE, CLIP),
      elements(all, narrowed(quantizer)),
    ]),
    moves: [reads("activations", maskBytes(all, mask)), { tensor: "errors", read: SUM * means, written: all }],
  };
}

/** Errors are added where their values came from, and measured. */
function maxPoolBackward(words: Words<"int8_max_pool_backward">): Counted {
  const { input, output } = sizesOf(words);
  return {
    operations: { "int32-add": output, "compare": 2 * input },
    moves: [reads("activations", output), { tensor: "errors", read: output, written: SUM * input }],
  };
}

/** Formulas of the way back. */
export const INT8_ERRORS = {
  int8_pool_backward: poolBackward,
  int8_max_pool_backward: maxPoolBackward,
  int8_residual_backward: residualBackward,
  int8_activate_backward: (words) => maskedError(fixed(words.count), words, false),
  int8_block_backward: (words) => joinedError(words, false),
} satisfies SomeFormulas;
