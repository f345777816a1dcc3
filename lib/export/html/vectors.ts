/**
 * The inner loops of a device's C with the vectors of WebAssembly, and the
 * working memory that they have beside it.
 *
 * @module
 */

import { type ConvPlan, outputSize } from "../../plan/plan.ts";

/** The inner loops with the vectors of WebAssembly. */
export const REPLACED = { "kernels/device/products.h": "kernels/device/products_simd128.h" };

const roundedUp = (n: number, unit: number) => Math.ceil(n / unit) * unit;

/** Whether kernels/device/winograd_simd128.h may compute a convolution. */
function mayHavePoints({ height, width, inputs, outputs, kernel, stride }: ConvPlan): boolean {
  return kernel === 3 && stride === 1 && inputs % 8 === 0 && outputs % 8 === 0 && height * width < 2048;
}

/** Sizes of the working memory of one convolution, in elements. */
function sizesOfConvolution(conv: ConvPlan) {
  const { height, width, inputs, outputs, kernel, stride, padding } = conv, out = outputSize(conv);
  const around = (border: number) => (height + 2 * border) * (width + 2 * border);
  const most = Math.max(inputs, outputs);
  // Tiles of 4 by 4 have 36 points; there are pairs side by side, and fours, and what they read begins 2 pixels apart.
  const rows = roundedUp(height, 4), columns = roundedUp(width, 8), pointed = mayHavePoints(conv);
  const points = pointed ? 36 * most : 0, tiles = roundedUp(rows * columns / 16, 4);
  const tiled = pointed ? (rows + 3) * (columns + 4) * most : 0;
  return {
    PACKED: kernel * kernel * Math.max(
      roundedUp(outputs, 8) * roundedUp(inputs, 2),
      roundedUp(inputs, 8) * roundedUp(outputs, 2),
    ),
    SOURCE: Math.max(
      around(padding) * 2 * inputs,
      (out.height + 2 * (kernel - 1)) * (out.width + 2 * (kernel - 1)) * roundedUp(outputs, 2),
      2 * tiled,
    ),
    FACTORS: out.height * roundedUp(out.width, 2) * roundedUp(outputs, 4),
    PADDED: Math.max((around(padding) + stride) * inputs, tiled),
    POINTS: points * tiles,
    OTHER_POINTS: points * Math.max(tiles, 8),
  };
}

/** What defines the sizes of all working memory of kernels/device/tiles_simd128.h and winograd_simd128.h. */
export function workingMemory(convs: readonly ConvPlan[]): string[] {
  const sizes = convs.map(sizesOfConvolution);
  return (["PACKED", "SOURCE", "FACTORS", "PADDED", "POINTS", "OTHER_POINTS"] as const).map((name) =>
    `EOQ_MOST_${name}=${Math.max(1, ...sizes.map((each) => each[name]))}`
  );
}
