/**
 * Tensors as NumPy's .npy files, format 1.0 (NEP 1): a line of text in front of
 * the elements in C order, little-endian.
 *
 * @module
 */

import type { TensorType } from "../native/tensor.ts";

/** Types that an integer step's tensors have. */
export type IntegerType = Exclude<TensorType, "fp32" | "fp64">;

/** NumPy's names of the element types; bits are in words of 64. */
const DESCRIPTIONS: Readonly<Record<IntegerType, string>> = {
  int8: "|i1",
  uint8: "|u1",
  int16: "<i2",
  int32: "<i4",
  int64: "<i8",
  bits: "<u8",
};

/** Magic number, version 1.0, and two bytes for the length of the line. */
const MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0);
const PREFIX = MAGIC.length + 2;
/** The elements start at a multiple of this. */
const ALIGNMENT = 64;

/** @param shape elements each way; of bits, words */
export function npyBytes(type: IntegerType, shape: readonly number[], elements: Uint8Array): Uint8Array<ArrayBuffer> {
  const tuple = `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
  const line = `{'descr': '${DESCRIPTIONS[type]}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const length = Math.ceil((PREFIX + line.length + 1) / ALIGNMENT) * ALIGNMENT - PREFIX;
  const bytes = new Uint8Array(PREFIX + length + elements.length);
  bytes.set(MAGIC);
  new DataView(bytes.buffer).setUint16(MAGIC.length, length, true);
  bytes.set(new TextEncoder().encode(line.padEnd(length - 1) + "\n"), PREFIX);
  bytes.set(elements, PREFIX + length);
  return bytes;
}
