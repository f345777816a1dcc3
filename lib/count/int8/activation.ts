/**
 * What int8 networks do to activations on the way forward, beside their
 * convolutions and norms (kernels/int8/elementwise.inc and whoever calls it).
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { Quantizer, Words } from "../../native/words.ts";
import { type Counted, type Each, elements, fixed, type SomeFormulas } from "../formula.ts";
import { sumOperations } from "../kinds.ts";
import { shortcutPixels, sizesOf } from "../pass.ts";
import { windowTaps } from "../taps.ts";
import { maskBytes, quantizedBytes, reads, SUM, writes } from "./moves.ts";
import { CLIP, isExact, isRandom, quantized } from "./rounding.ts";

/** ReLU and the bias behind it, which may be zero, of so many sums; training keeps a mask. */
export function activated(count: number, quantizer: Quantizer, mask: Tensor | undefined, atHand: boolean): Counted {
  const compares = mask !== undefined || isRandom(quantizer) ? 2 : 1;
  return {
    operations: elements(count, { "compare": compares, "int32-add": 1 }, quantized(quantizer)),
    moves: [
      { tensor: "activations", read: atHand ? 0 : SUM * count, written: count },
      writes("activations", maskBytes(count, mask)),
    ],
  };
}

/** So many sums that are quantized as they are. */
export function quantizedSums(
  tensor: "activations" | "errors",
  count: number,
  quantizer: Quantizer,
  atHand: boolean,
): Counted {
  return {
    operations: elements(count, quantized(quantizer)),
    moves: [{ tensor, read: atHand ? 0 : SUM * count, written: quantizedBytes(count, quantizer) }],
  };
}

/** z * factor + shortcut * factor + bias: the products align the two. */
export const JOINED: Each = { "int32-multiply": 2, "int32-add": 2 };

/**
 * The end of a Fixup block: the sum, its ReLU, mask and maximum. With the exact
 * exponent one pass does it all, by the last step's shift, which is nearly
 * always right; another pass where it was not is not counted. A maximum that
 * has to be known first takes a pass of its own.
 */
function residual({ quantizer, mask, count }: Words<"int8_residual">): Counted {
  const all = fixed(count), random = isRandom(quantizer), once = isExact(quantizer) && !random;
  const pass = sumOperations([JOINED, { "compare": random ? 2 : 3 }, quantized(quantizer)]);
  return {
    operations: elements(all, ...once ? [pass] : [JOINED, { "compare": 1 }, pass]),
    moves: [
      { tensor: "activations", read: (once ? 1 : 2) * 2 * all, written: all },
      writes("activations", maskBytes(all, mask)),
    ],
  };
}

/** Sums times a reciprocal and the bias behind. */
function pool({ quantizer, n, pixels, c }: Words<"int8_pool">): Counted {
  const means = fixed(n) * fixed(c), all = means * fixed(pixels);
  return {
    operations: sumOperations([
      { "int32-add": all },
      elements(means, { "int32-multiply": 1, "int32-add": 1, "compare": 2 }, quantized(quantizer)),
    ]),
    moves: [reads("activations", all), writes("activations", means)],
  };
}

/** Each pixel of a window is compared; training compares again to keep its place, a byte, and picks the mask. */
function maxPool(words: Words<"int8_max_pool">): Counted {
  const { geometry, count, input, output } = sizesOf(words), { x_mask, y_mask, places } = words;
  const compares = places === undefined ? 1 : 2;
  return {
    operations: { "compare": compares * count * windowTaps(geometry) * geometry.inputs },
    moves: [
      reads("activations", input + maskBytes(input, x_mask)),
      writes("activations", output + maskBytes(output, y_mask) + (places === undefined ? 0 : output)),
    ],
  };
}

/** Formulas of the way forward. */
export const INT8_ACTIVATIONS = {
  // Bytes become int8.
  int8_input({ offset, count }) {
    const all = fixed(count), each = offset === 0 ? [{ "shift": 1 }] : [{ "int8-add": 1 }, CLIP];
    return { operations: elements(all, ...each), moves: [reads("activations", all), writes("activations", all)] };
  },
  int8_activate: ({ quantizer, mask, count }) => activated(fixed(count), quantizer, mask, false),
  // Networks quantize errors so, behind a pool or a projection.
  int8_quantize: ({ quantizer, count }) => quantizedSums("errors", fixed(count), quantizer, false),
  // The bias of a block's input.
  int8_add_bias({ quantizer, count }) {
    const all = fixed(count);
    return {
      operations: elements(all, { "int32-multiply": 1, "int32-add": 1 }, quantized(quantizer)),
      moves: [reads("activations", all), writes("activations", all)],
    };
  },
  // It drops pixels and appends channels: a copy.
  int8_shortcut(words) {
    const pixels = shortcutPixels(words), { inputs, outputs } = words.shape.geometry;
    return { operations: {}, moves: [reads("activations", pixels * inputs), writes("activations", pixels * outputs)] };
  },
  int8_residual: residual,
  int8_pool: pool,
  int8_max_pool: maxPool,
} satisfies SomeFormulas;
