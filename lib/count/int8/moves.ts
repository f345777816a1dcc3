/**
 * Bytes that int8 kernels move. A quantizer that rounds to nearest with the
 * step's own exponent takes a convolution's sums while they are at hand, so
 * they do not travel (kernels/int8/conv_fused.h; small ones stay in the cache
 * anyway); any other lets them pass memory as int32. Single scalars move in
 * their update alone.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { Quantizer } from "../../native/words.ts";
import type { Move } from "../formula.ts";
import { isFlagged } from "./rounding.ts";

/** Bytes of an int32 and of an int64. */
export const SUM = 4, WIDE_SUM = 8;

type Class = Move["tensor"];

/** So many bytes read. */
export function reads(tensor: Class, bytes: number): Move {
  return { tensor, read: bytes };
}

/** So many bytes written. */
export function writes(tensor: Class, bytes: number): Move {
  return { tensor, written: bytes };
}

/** Bytes of a mask of so many elements: a bit each in words of 64; none where there is no mask. */
export function maskBytes(elements: number, mask: Tensor | undefined): number {
  return mask === undefined ? 0 : 8 * Math.ceil(elements / 64);
}

/** Bytes of so many quantized elements: those of a flagged tensor have two parts. */
export function quantizedBytes(elements: number, quantizer: Quantizer): number {
  return isFlagged(quantizer) ? 2 * elements : elements;
}
