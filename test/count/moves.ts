/**
 * What tests of traffic share: elements of a convolution's tensors by a
 * kernel's arguments, and traffic as text.
 *
 * @module
 */

import type { Traffic } from "../../lib/count/kinds.ts";
import { outputSize } from "../../lib/plan/plan.ts";
import type { Arguments } from "./attribution.ts";

/** Elements of input, output and weights. */
export function sizesOf({ n, h, w, c, k, kernel, stride, pad }: Arguments) {
  const y = outputSize({ name: "", height: h!, width: w!, kernel: kernel!, stride: stride!, padding: pad! });
  return { x: n! * h! * w! * c!, y: n! * y.height * y.width * k!, w: k! * kernel! * kernel! * c! };
}

/** A line of text for each layer, phase and class of tensors that moves anything, in alphabetical order. */
export function trafficLines(traffic: readonly Traffic[]): string[] {
  return traffic.filter(({ read, written }) => read + written > 0)
    .map(({ layer, phase, tensor, read, written }) => `${layer} ${phase} ${tensor}: ${read} read, ${written} written`)
    .sort();
}
