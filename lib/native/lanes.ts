/**
 * One program for many items that do not depend on each other: a lane of its
 * own for each thread, so that threads run whole programs side by side.
 *
 * @module
 */

import type { Functions } from "./functions.ts";
import type { Executable, SlotValues } from "./program.ts";
import type { Tensor } from "./tensor.ts";

/** A program in tensors that no other lane writes. */
export interface Lane {
  readonly executable: Executable;
  /** uint8 or int16 with memory of their own, which an item fills. */
  readonly inputs: readonly Tensor[];
  /** What is read behind the last call. */
  readonly outputs: readonly Tensor[];
}

const EXPONENT_BYTES = 4;

/** What the outputs of one item hold. */
export interface LaneOutput {
  /** Power-of-two exponent of an integer tensor. */
  readonly exponent: number;
  readonly bytes: DataView<ArrayBuffer>;
}

/** Bytes of an item's inputs. */
export function inputBytes({ inputs }: Lane): number {
  return inputs.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/**
 * Runs the program once for each of `items`, on as many threads as there are lanes for.
 *
 * @param from The inputs of each item in turn, each with all of its bytes.
 * @returns The outputs of each item, in the order of those of a lane.
 * @throws {RunError} with the library's text when it refuses.
 */
export function runEach(
  library: Functions,
  lanes: readonly [Lane, ...Lane[]],
  values: SlotValues,
  items: number,
  from: Uint8Array<ArrayBuffer>,
): (item: number) => LaneOutput[] {
  const [{ inputs, outputs, executable }] = lanes;
  const words = Int32Array.from([
    ...[lanes.length, inputs.length, outputs.length, items],
    ...lanes.flatMap(({ executable, inputs, outputs }) => [
      executable.handle,
      ...[...inputs, ...outputs].map(({ handle }) => handle),
    ]),
  ]);
  const sizes = outputs.map(({ byteLength }) => byteLength);
  const bytes = sizes.reduce((sum, size) => sum + EXPONENT_BYTES + size, 0);
  const to = new Uint8Array(items * bytes), slots = executable.encode(values);
  const size = (array: ArrayBufferView) => BigInt(array.byteLength);
  library.check(library.symbols.eoq_program_each(
    ...[new Uint8Array(words.buffer), size(words), slots, size(slots)] as const,
    ...[from, size(from), to, size(to)] as const,
  ));
  return (item) => {
    let at = item * bytes;
    return sizes.map((size) => {
      const exponent = new DataView(to.buffer).getInt32(at, true), first = at + EXPONENT_BYTES;
      at = first + size;
      return { exponent, bytes: new DataView(to.buffer, first, size) };
    });
  };
}
