/**
 * What tests of int8 kernels share: random operands with many extremes, and
 * the calls on every path and thread count.
 *
 * @module
 */

import type { Library } from "../../../lib/native/library.ts";
import type { KernelName } from "../../../lib/native/declarations.ts";
import { Tensor, type TensorType } from "../../../lib/native/tensor.ts";
import { flatten, KERNEL_NAMES, LAYOUTS, WordBuffer, type Words } from "../../../lib/native/words.ts";
import type { Quantized } from "./reference.ts";

type Arrays = Int8Array | Uint8Array | Int16Array | Int32Array | BigInt64Array | BigUint64Array;

/** A repeatable source of whole numbers in [low, high]. */
export function integers(seed: number): (low: number, high: number) => number {
  let state = seed >>> 0;
  return (low, high) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return low + Math.floor(state / 2 ** 32 * (high - low + 1));
  };
}

/** Values of which every fifth is +-127. */
export function operands(next: (low: number, high: number) => number, count: number): number[] {
  return Array.from(
    { length: count },
    () => next(0, 4) === 0 ? (next(0, 1) === 0 ? -127 : 127) : next(-127, 127),
  );
}

/** A tensor of these elements. */
export function tensorOf(library: Library, type: TensorType, values: Arrays, exponent = 0): Tensor {
  const tensor = new Tensor(library, type, type === "bits" ? values.length * 64 : values.length);
  tensor.write(values as Int8Array<ArrayBuffer>);
  tensor.exponent = exponent;
  return tensor;
}

/** An int8 tensor of a quantized value. */
export function int8(library: Library, { q, exponent }: Quantized): Tensor {
  return tensorOf(library, "int8", Int8Array.from(q), exponent);
}

/** Reads an int8 tensor back. */
export function quantized(tensor: Tensor): Quantized {
  return { q: [...tensor.read(new Int8Array(tensor.count))], exponent: tensor.exponent };
}

/** Calls a kernel with a guess, as one that a program kept from its last run. */
export function callGuessing<K extends KernelName>(library: Library, kernel: K, words: Words<K>, guess: number): void {
  const layout = LAYOUTS[kernel], buffer = new WordBuffer(layout.length);
  flatten(kernel, words).forEach((value, i) => {
    const { kind } = layout[i]!;
    const number = value instanceof Object && "handle" in value ? value.handle : value ?? 0;
    buffer.set(i, kind, kind === "guess" ? guess : Number(number));
  });
  const { bytes } = buffer;
  library.check(library.symbols.eoq_call(KERNEL_NAMES.indexOf(kernel), bytes, BigInt(bytes.byteLength)));
}

/** Runs `body` on every path that this CPU has, with 1, 2 and 3 threads. */
export function onEveryPath(library: Library, body: (what: string) => void): void {
  for (const { name } of library.isaPaths().filter((path) => path.built && path.supported)) {
    for (const threads of [1, 2, 3]) {
      library.selectIsa(name);
      library.setThreads(threads);
      body(`${name}, ${threads} threads`);
    }
  }
}

/** A mask as 0s and 1s, and as the words of a tensor of bits. */
export function randomMask(
  next: (low: number, high: number) => number,
  count: number,
): { keep: bigint[]; words: BigUint64Array } {
  const keep = Array.from({ length: count }, () => BigInt(next(0, 1)));
  const words = new BigUint64Array(Math.ceil(count / 64));
  keep.forEach((bit, i) => words[i >> 6]! |= bit << BigInt(i & 63));
  return { keep, words };
}
