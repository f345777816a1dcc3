/**
 * Parameters in the safetensors format (its version 0.4): a length, a header in
 * JSON, and the elements. The exponents of whole numbers are in the metadata,
 * whose values are texts: `exponents` is JSON of them by name.
 *
 * @module
 */

import type { StateEntry } from "../exec/network.ts";
import type { ExportedFile, Trained } from "./format.ts";
import { aboutOf, type NamedParameter, parametersOf } from "./parameters.ts";

/** What the format calls the types. */
const TYPES: Readonly<Record<StateEntry["type"], string>> = {
  int8: "I8",
  uint8: "U8",
  int16: "I16",
  int32: "I32",
  int64: "I64",
  fp32: "F32",
  fp64: "F64",
};

const LENGTH_BYTES = 8;
/** Elements start at a multiple of this, each tensor's at one of its own size: the widest come first. */
const ALIGNMENT = 8;

const widthOf = ({ shape, bytes }: NamedParameter) => bytes.length / shape.reduce((product, size) => product * size, 1);

/** Writes one file. */
export function writeSafetensors(trained: Trained): Promise<readonly ExportedFile[]> {
  const parameters = parametersOf(trained).toSorted((a, b) => widthOf(b) - widthOf(a));
  const exponents = Object.fromEntries(
    parameters.flatMap(({ name, exponent }) => exponent === undefined ? [] : [[name, exponent]]),
  );
  const integer = Object.keys(exponents).length > 0;
  let end = 0;
  const tensors = parameters.map(({ name, type, shape, bytes }) => {
    const begin = end;
    end += bytes.length;
    return [name, { dtype: TYPES[type], shape, data_offsets: [begin, end] }] as const;
  });
  const metadata = { ...aboutOf(trained), ...integer && { exponents: JSON.stringify(exponents) } };
  const text = new TextEncoder().encode(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(tensors) }));
  const header = Math.ceil(text.length / ALIGNMENT) * ALIGNMENT;
  const file = new Uint8Array(LENGTH_BYTES + header + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(header), true);
  file.fill(" ".charCodeAt(0), LENGTH_BYTES, LENGTH_BYTES + header);
  file.set(text, LENGTH_BYTES);
  let at = LENGTH_BYTES + header;
  for (const { bytes } of parameters) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return Promise.resolve([{ name: "", bytes: file }]);
}
