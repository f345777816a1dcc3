/**
 * Tensors as NumPy's .npy files, format 1.0 (NEP 1): a line of text in front of
 * the elements in C order, little-endian.
 *
 * @module
 */

import type { TensorType } from "../native/tensor.ts";

/** NumPy's names of the element types; bits are in words of 64. */
const DESCRIPTIONS: Readonly<Record<TensorType, string>> = {
  int8: "|i1",
  uint8: "|u1",
  int16: "<i2",
  int32: "<i4",
  int64: "<i8",
  bits: "<u8",
  fp32: "<f4",
  fp64: "<f8",
};

/** Magic number, version 1.0, and two bytes for the length of the line. */
const MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0);
const PREFIX = MAGIC.length + 2;
/** The elements start at a multiple of this. */
const ALIGNMENT = 64;

/** A tensor as a file. @param shape elements each way; of bits, words */
export function npyBytes(type: TensorType, shape: readonly number[], elements: Uint8Array): Uint8Array<ArrayBuffer> {
  return file(DESCRIPTIONS[type], shape, elements);
}

/** Texts as a file: an array of them, or one alone as an array without a direction. */
export function npyTexts(texts: readonly string[] | string): Uint8Array<ArrayBuffer> {
  const all = (typeof texts === "string" ? [texts] : texts).map((text) => Array.from(text, (c) => c.codePointAt(0)!));
  const length = Math.max(1, ...all.map((text) => text.length));
  const elements = new Uint32Array(all.length * length);
  all.forEach((text, i) => elements.set(text, i * length));
  return file(`<U${length}`, typeof texts === "string" ? [] : [all.length], new Uint8Array(elements.buffer));
}

function file(description: string, shape: readonly number[], elements: Uint8Array): Uint8Array<ArrayBuffer> {
  const tuple = `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
  const line = `{'descr': '${description}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const length = Math.ceil((PREFIX + line.length + 1) / ALIGNMENT) * ALIGNMENT - PREFIX;
  const bytes = new Uint8Array(PREFIX + length + elements.length);
  bytes.set(MAGIC);
  new DataView(bytes.buffer).setUint16(MAGIC.length, length, true);
  bytes.set(new TextEncoder().encode(line.padEnd(length - 1) + "\n"), PREFIX);
  bytes.set(elements, PREFIX + length);
  return bytes;
}
