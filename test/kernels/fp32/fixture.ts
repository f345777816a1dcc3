/**
 * What tests of fp32 kernels share: inputs that fp32 holds exactly, and errors
 * that are bounded.
 *
 * @module
 */

import { assert } from "@std/assert";
import type { Tensor } from "../../../lib/native/tensor.ts";

/** Unit roundoff of fp32. */
export const ROUNDOFF = 2 ** -24;

/** The elements of an fp32 tensor. */
export function read(tensor: Tensor): Float32Array {
  return tensor.read(new Float32Array(tensor.count));
}

/** `count` numbers in [-scale, scale) that fp32 holds exactly. */
export function randomValues(source: () => number, count: number, scale = 1): Float64Array {
  return Float64Array.from({ length: count }, () => Math.fround(scale * (2 * source() - 1)));
}

/** Asserts |actual - expected| <= tolerance element by element. */
export function assertWithin(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: (i: number) => number,
  what: string,
): void {
  assert(actual.length === expected.length, `${what}: ${actual.length} elements, expected ${expected.length}`);
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    assert(
      difference <= tolerance(i),
      `${what}[${i}]: ${actual[i]} differs from ${expected[i]} by ${difference}, more than ${tolerance(i)}`,
    );
  }
}
