/**
 * The exponents that a network's activations have, found on images.
 *
 * @module
 */

import type { Network } from "../../exec/network.ts";
import type { Kernels } from "../../native/kernels.ts";
import { type Call, Executable } from "../../native/program.ts";
import type { Tensor } from "../../native/tensor.ts";

/** Exponents by the int8 tensors that inference writes, each once. */
export type Exponents = ReadonlyMap<Tensor, number>;

/** What a call writes as int8. */
function written({ kernel, words }: Call): Tensor | undefined {
  const { x, y } = words as unknown as { readonly x?: Tensor; readonly y?: Tensor };
  const tensor = kernel === "int8_input" ? x : y;
  return tensor?.type === "int8" ? tensor : undefined;
}

/** Of as many images the exponent is enough; those with a larger one lose their largest values. */
const ENOUGH = 0.9;

/** The least exponent that is enough. */
function chosen(exponents: readonly number[]): number {
  const sorted = exponents.toSorted((a, b) => a - b);
  return sorted[Math.ceil(ENOUGH * sorted.length) - 1]!;
}

/**
 * One exponent for each int8 tensor, found on images: most of them have that one or a smaller one. With the largest
 * that occurs fewer values would be clipped, and all would have coarser steps.
 *
 * @param images NHWC bytes of an image each, at least one
 */
export function exponentsOf(
  library: Kernels,
  network: Network,
  images: readonly Uint8Array<ArrayBuffer>[],
): Exponents {
  const { calls } = network.programs(1).inference[0]!.program;
  const forward = calls.slice(0, -1), [input] = forward as [Call];
  const executable = new Executable(library, { calls: forward });
  const tensors = forward.map(written).filter((tensor) => tensor !== undefined);
  const seen = new Map(tensors.map((tensor) => [tensor, [] as number[]]));
  try {
    for (const image of images) {
      (input.words as unknown as { readonly images: Tensor }).images.write(image);
      executable.run({});
      for (const [tensor, exponents] of seen) exponents.push(tensor.exponent);
    }
  } finally {
    executable.close();
  }
  return new Map([...seen].map(([tensor, exponents]) => [tensor, chosen(exponents)]));
}
