/**
 * Messages of Protocol Buffers, written field by field
 * (protobuf.dev/programming-guides/encoding).
 *
 * @module
 */

/** Bytes of a field or a message. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Wire types: a number in 7-bit groups, anything with a length, a float. */
const VARINT = 0, LENGTH = 2, FLOAT = 5;

/** A number from 0 on, below 2^53. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push(value % 128 + 128);
  return [...bytes, value];
}

const key = (number: number, wire: number) => varint(number * 8 + wire);

/** A field of a message: a whole number from 0 on, a text, or a message. */
export function field(number: number, value: number | string | Bytes): Bytes {
  if (typeof value === "number") return Uint8Array.from([...key(number, VARINT), ...varint(value)]);
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return message(Uint8Array.from([...key(number, LENGTH), ...varint(bytes.length)]), bytes);
}

/** A field of type float. */
export function floatField(number: number, value: number): Bytes {
  return message(Uint8Array.from(key(number, FLOAT)), new Uint8Array(Float32Array.of(value).buffer));
}

/** A message of fields, in their order. */
export function message(...fields: readonly Bytes[]): Bytes {
  const result = new Uint8Array(fields.reduce((length, each) => length + each.length, 0));
  let at = 0;
  for (const each of fields) {
    result.set(each, at);
    at += each.length;
  }
  return result;
}
