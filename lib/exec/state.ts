/**
 * Training state as a checkpoint stores it, whatever its arithmetic.
 *
 * @module
 */

import type { Tensor } from "../native/tensor.ts";
import type { StateEntry } from "./network.ts";

/** A tensor of the state under the name that checkpoints know. */
export interface StateTensor extends Pick<StateEntry, "name" | "shape" | "weights"> {
  readonly tensor: Tensor;
}

/** Reads a tensor into an entry of the state. */
export function entryOf({ name, shape, tensor, weights }: StateTensor): StateEntry {
  const bytes = tensor.read(new Uint8Array(tensor.byteLength));
  return { name, type: typeOf(tensor), shape, bytes, exponent: tensor.exponent, weights };
}

/** A state has no bits: masks belong to a step. */
function typeOf({ type }: Tensor): StateEntry["type"] {
  if (type === "bits") throw new RangeError("a tensor of bits is no state");
  return type;
}

/**
 * The weights among tensors and entries, those of a classifier left out where it is not kept.
 *
 * @param classifier its name, with which those of its tensors begin.
 */
export function weightsOf<T extends Pick<StateEntry, "name" | "weights">>(
  all: readonly T[],
  classifier: string,
  keepClassifier: boolean,
): T[] {
  return all.filter(({ name, weights }) => weights && (keepClassifier || !name.startsWith(`${classifier}.`)));
}

/**
 * Writes entries back into their tensors, or changes nothing.
 *
 * @throws {RangeError} naming the entry that is missing, unknown, or of another type or shape.
 */
export function restoreEntries(tensors: readonly StateTensor[], entries: readonly StateEntry[]): void {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const writes = tensors.map(({ name, shape, tensor }) => {
    const entry = byName.get(name);
    if (entry === undefined) throw new RangeError(`state entry "${name}" is missing`);
    byName.delete(name);
    if (entry.type !== tensor.type) {
      throw new RangeError(`state entry "${name}" is ${entry.type}, must be ${tensor.type}`);
    }
    if (entry.shape.join("x") !== shape.join("x")) {
      throw new RangeError(`state entry "${name}" is ${entry.shape.join("x")}, must be ${shape.join("x")}`);
    }
    if (entry.bytes.byteLength !== tensor.byteLength) {
      throw new RangeError(`state entry "${name}" has ${entry.bytes.byteLength} bytes, must have ${tensor.byteLength}`);
    }
    return { tensor, exponent: entry.exponent, bytes: new Uint8Array(entry.bytes) };
  });
  for (const name of byName.keys()) throw new RangeError(`state entry "${name}" is not part of this network`);
  for (const { tensor, exponent, bytes } of writes) {
    tensor.write(bytes);
    tensor.exponent = exponent;
  }
}
