/**
 * Bytes that int8 networks move. A quantizer that rounds to nearest with the
 * step's own exponent takes a convolution's sums while they are at hand, so
 * they do not travel (kernels/int8/conv_fused.h; small ones stay in the cache
 * anyway); any other lets them pass memory as int32. Single scalars move in
 * their update alone.
 *
 * @module
 */

import type { Move } from "../parts.ts";
import type { Quantizer } from "./rounding.ts";

/** Bytes of an int32 and of an int64. */
export const SUM = 4, WIDE_SUM = 8;

type Tensor = Move["tensor"];

/** So many bytes read. */
export function reads(tensor: Tensor, bytes: number): Move {
  return { tensor, read: bytes };
}

/** So many bytes written. */
export function writes(tensor: Tensor, bytes: number): Move {
  return { tensor, written: bytes };
}

/** Bytes of a mask of so many elements: a bit each in words of 64. */
export function maskBytes(elements: number): number {
  return 8 * Math.ceil(elements / 64);
}

function atHand({ random, exact }: Quantizer): boolean {
  return exact && !random;
}

/** Sums of a convolution that become so many int8 activations, and in training of a ReLU their mask. */
export function outputMoves(elements: number, quantizer: Quantizer, mask: boolean): Move[] {
  const sums = atHand(quantizer) ? 0 : SUM * elements;
  return [
    { tensor: "activations", read: sums, written: sums + elements },
    writes("activations", mask ? maskBytes(elements) : 0),
  ];
}

/**
 * Sums of a convolution that become so many int8 errors behind a mask: those
 * that are not at hand are read for their extremes and again to be quantized.
 */
export function errorMoves(elements: number, quantizer: Quantizer): Move[] {
  const sums = atHand(quantizer) ? 0 : SUM * elements;
  return [
    { tensor: "errors", read: 2 * sums, written: sums + elements },
    reads("activations", maskBytes(elements)),
  ];
}

/**
 * The same at a block's input, where the shortcut's error joins `reached` of
 * them. Where the shape stays, extremes are found on the way.
 */
export function joinMoves(elements: number, reached: number, changes: boolean, quantizer: Quantizer): Move[] {
  const joined = atHand(quantizer) ? 0 : SUM * reached;
  return [
    ...errorMoves(elements, quantizer),
    { tensor: "errors", read: reached + (changes ? joined : 0), written: joined },
  ];
}

/** The end of a Fixup block; a maximum that has to be known first takes a pass of its own. */
export function residualMoves(elements: number, quantizer: Quantizer, mask: boolean): Move[] {
  const passes = atHand(quantizer) ? 1 : 2;
  return [
    { tensor: "activations", read: passes * 2 * elements, written: elements },
    writes("activations", mask ? maskBytes(elements) : 0),
  ];
}
