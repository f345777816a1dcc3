/**
 * What rounding costs an element of an int8 network (kernels/int8/number.h,
 * random.h), by the quantizer of a call.
 *
 * @module
 */

import type { Quantizer } from "../../native/words.ts";
import { sumOperations } from "../kinds.ts";
import { type Each, fixed } from "../formula.ts";

/** Both sides of a range. */
export const CLIP: Each = { "compare": 2 };
/** Half a step is added. */
export const ROUND: Each = { "int32-add": 1, "shift": 1 };
/** The bit below is added. */
export const ROUND_WIDE: Each = { "int64-add": 1, "shift": 2 };
/** By a power of two, within a limit. */
export const SCALE: Each = sumOperations([ROUND_WIDE, CLIP]);
/** The bits that are dropped and as many random ones decide; the draw comes on top. */
export const ROUND_RANDOMLY: Each = { "int32-add": 2, "shift": 4 };
/** The same of 64 bits. */
export const ROUND_WIDE_RANDOMLY: Each = { "int64-add": 2, "shift": 4 };
/** To int8, to nearest. */
export const QUANTIZE: Each = sumOperations([ROUND, CLIP]);
/** To int8, stochastically. */
export const QUANTIZE_RANDOMLY: Each = sumOperations([{ "random": 1 }, ROUND_RANDOMLY, CLIP]);
/** Whether it is below one step, so that its fine part is rounded and not its coarse one. */
const FLAG: Each = { "shift": 1, "compare": 2 };

/** Whether it rounds stochastically. */
export function isRandom({ stochastic }: Quantizer): boolean {
  return fixed(stochastic) === 1;
}

/** Whether it sets flags. */
export function isFlagged({ fine }: Quantizer): boolean {
  return fine !== undefined;
}

/** Whether its exponent is that of the values themselves, so that one pass usually finds it and quantizes with it. */
export function isExact({ exponents }: Quantizer): boolean {
  return exponents === undefined;
}

/** Whether it takes sums while they are at hand: their exact exponent is guessed, and nothing but a shift rounds them. */
export function takesAtHand(quantizer: Quantizer): boolean {
  return isExact(quantizer) && !isRandom(quantizer) && !isFlagged(quantizer);
}

/** The clip at a quantizer's own bits, if it has fewer than 8. */
export function narrowed({ bits }: Quantizer): Each {
  return fixed(bits) < 8 ? CLIP : {};
}

/** What an element costs that is ready to be rounded, and clipped at 8 bits. */
export function rounded(quantizer: Quantizer): Each {
  return sumOperations([isRandom(quantizer) ? QUANTIZE_RANDOMLY : QUANTIZE, isFlagged(quantizer) ? FLAG : {}]);
}

/** The same, clipped at the quantizer's own bits. */
export function quantized(quantizer: Quantizer): Each {
  return sumOperations([rounded(quantizer), narrowed(quantizer)]);
}
