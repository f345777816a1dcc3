/**
 * One pass of a batch over a convolution, whatever the arithmetic.
 *
 * @module
 */

import type { ConvShape, Geometry } from "../native/conv_shape.ts";
import type { VectorShape } from "../native/paths.ts";
import type { Number } from "../native/words.ts";
import { convElements } from "../plan/plan.ts";
import { type Counted, type Each, fixed, times } from "./formula.ts";
import { simdProducts, type Way } from "./simd.ts";
import { convMacs, executedMacs } from "./taps.ts";

/** The words that say how large a convolution is. */
export interface ConvWords {
  readonly shape: ConvShape;
  readonly n: Number;
}

/** A convolution of a batch: elements of its input, its output and its weights. */
export interface ConvSizes {
  readonly geometry: Geometry;
  readonly count: number;
  readonly input: number;
  readonly output: number;
  readonly weights: number;
}

/** The sizes of a convolution, or of a pool, for all images of a call. */
export function sizesOf({ shape: { geometry }, n }: ConvWords): ConvSizes {
  const count = fixed(n), { input, output, weights } = convElements(geometry);
  return { geometry, count, input: count * input, output: count * output, weights };
}

/** The products of a pass and their sums, each of them a `product`; what it moves is the arithmetic's. */
export function convPass(
  { geometry, count }: ConvSizes,
  way: Way,
  product: Each,
  vectors: VectorShape | undefined,
): Omit<Counted, "moves"> {
  const products = count * executedMacs(geometry);
  return {
    products,
    operations: times(products, product),
    overhead: vectors === undefined ? {} : times(simdProducts(geometry, vectors, count, way), product),
    macs: count * convMacs(geometry),
  };
}

/** Pixels of a batch that a shortcut takes: every stride-th in both directions. */
export function shortcutPixels({ shape: { geometry }, n }: ConvWords): number {
  const { height, width, stride } = geometry;
  return fixed(n) * Math.ceil(height / stride) * Math.ceil(width / stride);
}
