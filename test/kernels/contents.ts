/**
 * Tensors with random contents of every type, and what they hold afterwards.
 *
 * @module
 */

import type { Tensor, TensorType } from "../../lib/native/tensor.ts";
import type { TensorParameter } from "./arguments.ts";

/** A repeatable source of numbers in [0, 1). */
export type Source = () => number;

type Values = ArrayBufferView<ArrayBuffer>;

/** `count` whole numbers of either sign below 2^bits. */
function signed(source: Source, count: number, bits: number): number[] {
  return Array.from({ length: count }, () => Math.trunc((2 * source() - 1) * 2 ** bits));
}

/** Values of which every fifth is +-127. */
function int8(source: Source, count: number): number[] {
  return signed(source, count, 7).map((x) => Math.max(-127, Math.min(127, source() < 0.2 ? 1000 * x : x)));
}

const FILLS: Readonly<Record<TensorType, (source: Source, count: number, wide: boolean) => Values>> = {
  int8: (source, count) => Int8Array.from(int8(source, count)),
  uint8: (source, count) => Uint8Array.from({ length: count }, () => 256 * source()),
  int16: (source, count) => Int16Array.from(signed(source, count, 15)),
  int32: (source, count, wide) => Int32Array.from(signed(source, count, (wide ? 31 : 22) * source())),
  int64: (source, count, wide) => BigInt64Array.from(signed(source, count, (wide ? 63 : 40) * source()), BigInt),
  bits: (source, count) => Uint32Array.from({ length: 2 * Math.ceil(count / 64) }, () => 2 ** 32 * source()),
  fp32: (source, count) => Float32Array.from({ length: count }, () => 2 * source() - 1),
  fp64: (source, count) => Float64Array.from({ length: count }, () => 2 * source() - 1),
};

/**
 * Fills a tensor by its type with what training could hold or, `wide`, with
 * anything, within the bounds of the parameter; likewise its exponent.
 */
export function fill(tensor: Tensor, { below }: TensorParameter, source: Source, wide = false): void {
  const exponents = wide ? 64 : 8;
  tensor.write(
    below === undefined
      ? FILLS[tensor.type](source, tensor.count, wide)
      : Int16Array.from({ length: tensor.count }, () => below * source()),
  );
  tensor.exponent = Math.floor(source() * (2 * exponents + 1)) - exponents;
}

/** Everything that a kernel can change of a tensor, to be compared. */
export function contents(tensor: Tensor): string {
  return `2^${tensor.exponent} ${tensor.read(new Uint8Array(tensor.byteLength)).toHex()}`;
}
