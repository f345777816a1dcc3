/**
 * Training state as a checkpoint stores it.
 *
 * @module
 */

import type { StateEntry } from "../network.ts";
import type { NamedTensor } from "./parameter.ts";

/** Reads a tensor into an entry of the state. */
export function entryOf({ name, shape, tensor }: NamedTensor, weights: boolean): StateEntry {
  const bytes = tensor.read(new Uint8Array(tensor.byteLength));
  return { name, type: "fp32", shape, bytes, exponent: 0, weights };
}

/**
 * Writes entries back into their tensors, or changes nothing.
 *
 * @throws {RangeError} naming the entry that is missing, unknown, or of another type or shape.
 */
export function restoreEntries(tensors: readonly NamedTensor[], entries: readonly StateEntry[]): void {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const writes = tensors.map(({ name, shape, tensor }) => {
    const entry = byName.get(name);
    if (entry === undefined) throw new RangeError(`state entry "${name}" is missing`);
    byName.delete(name);
    if (entry.type !== "fp32") throw new RangeError(`state entry "${name}" is ${entry.type}, must be fp32`);
    if (entry.shape.join("x") !== shape.join("x")) {
      throw new RangeError(`state entry "${name}" is ${entry.shape.join("x")}, must be ${shape.join("x")}`);
    }
    if (entry.bytes.byteLength !== tensor.byteLength) {
      throw new RangeError(`state entry "${name}" has ${entry.bytes.byteLength} bytes, must have ${tensor.byteLength}`);
    }
    return { tensor, bytes: new Uint8Array(entry.bytes) };
  });
  for (const name of byName.keys()) throw new RangeError(`state entry "${name}" is not part of this network`);
  for (const { tensor, bytes } of writes) tensor.write(bytes);
}
