/**
 * What tests of traffic share: elements of a convolution's tensors by a
 * kernel's arguments, and traffic as text.
 *
 * @module
 */

import type { Traffic } from "../../lib/count/kinds.ts";
import { ConvShape } from "../../lib/native/conv_shape.ts";
import type { Call } from "../../lib/native/program.ts";
import { flatten, LAYOUTS, Slot } from "../../lib/native/words.ts";
import { outputSize } from "../../lib/plan/plan.ts";

/**
 * The words of a call by name, as numbers: 1 for a tensor, 0 for none, and
 * sizes. In the place of `shape` stand its sizes, in that of another shape its
 * name with theirs.
 */
export type Arguments = Readonly<Record<string, number>>;

/** The words of a call; slots are left out. */
export function argumentsOf({ kernel, words }: Call): Arguments {
  const entries = flatten(kernel, words).flatMap((value, i): [string, number][] => {
    const { name } = LAYOUTS[kernel][i]!;
    if (value instanceof Slot) return [];
    if (value instanceof ConvShape) {
      const { height: h, width: w, inputs: c, outputs: k, kernel, stride, padding: pad } = value.geometry;
      const prefix = name === "shape" ? "" : `${name}_`;
      return Object.entries({ h, w, c, k, kernel, stride, pad }).map(([size, each]) => [`${prefix}${size}`, each]);
    }
    return [[name, typeof value === "object" ? 1 : value ?? 0]];
  });
  return Object.fromEntries(entries);
}

/** Elements of input, output and weights. */
export function sizesOf({ n, h, w, c, k, kernel, stride, pad }: Arguments) {
  const y = outputSize({ height: h!, width: w!, kernel: kernel!, stride: stride!, padding: pad! });
  return { x: n! * h! * w! * c!, y: n! * y.height * y.width * k!, w: k! * kernel! * kernel! * c! };
}

/** A line of text for each layer, phase and class of tensors that moves anything, in alphabetical order. */
export function trafficLines(traffic: readonly Traffic[]): string[] {
  return traffic.filter(({ read, written }) => read + written > 0)
    .map(({ layer, phase, tensor, read, written }) => `${layer} ${phase} ${tensor}: ${read} read, ${written} written`)
    .sort();
}
