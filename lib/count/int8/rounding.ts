/**
 * What rounding costs an element of an int8 network (kernels/int8/number.h,
 * random.h), and how the tensors of a recipe are quantized.
 *
 * @module
 */

import type { EoqRecipe, Rounding } from "../../exec/recipe.ts";
import { type Operations, sumOperations } from "../kinds.ts";
import { times } from "../parts.ts";

/** Operations of one element, channel or image. */
export type Each = Partial<Operations>;

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

/** How a tensor is quantized. */
export interface Quantizer {
  readonly random: boolean;
  /** Whether the exponent is the step's own, so that one pass usually finds it and quantizes with it. */
  readonly exact: boolean;
  /** Whether fewer than 8 bits are left. */
  readonly narrow: boolean;
}

/** How a training step quantizes tensors of so many bits. */
export function quantizerOf({ exponents }: EoqRecipe, bits: number, rounding: Rounding): Quantizer {
  return { random: rounding === "stochastic", exact: exponents === "exact", narrow: bits < 8 };
}

/** The clip at a quantizer's own bits, if it has fewer than 8. */
export function narrowed({ narrow }: Quantizer): Each {
  return narrow ? CLIP : {};
}

/** What an element costs that is ready to be rounded. */
export function quantized(quantizer: Quantizer): Each {
  return sumOperations([quantizer.random ? QUANTIZE_RANDOMLY : QUANTIZE, narrowed(quantizer)]);
}

/** So many elements that cost all of this. */
export function elements(count: number, ...each: Each[]): Each {
  return times(count, sumOperations(each));
}
