/**
 * What tests of kernels share: the library, the paths of this CPU, and tensors
 * and shapes that are freed together.
 *
 * @module
 */

import { ConvShape, type Geometry } from "../../lib/native/conv_shape.ts";
import type { KernelName } from "../../lib/native/declarations.ts";
import { type Library, openLibrary } from "../../lib/native/library.ts";
import { Tensor, type TensorType } from "../../lib/native/tensor.ts";
import { KERNEL_NAMES, LAYOUTS, WordBuffer, type Words } from "../../lib/native/words.ts";

/** What a word of a call may be: a tensor or a shape, or any number, also in place of its handle. */
export type Argument = Tensor | ConvShape | number;

/** A call's words in C's order from all but its guesses, which are all one. */
export function wordsOf(kernel: KernelName, args: readonly Argument[], guess = 0): Uint8Array<ArrayBuffer> {
  const layout = LAYOUTS[kernel], buffer = new WordBuffer(layout.length);
  let next = 0;
  layout.forEach(({ kind }, i) => {
    const value = kind === "guess" ? guess : args[next++]!;
    buffer.set(i, kind, typeof value === "number" ? value : value.handle);
  });
  return buffer.bytes;
}

/** An open library, and the tensors and shapes of a test. */
export class Fixture implements Disposable {
  readonly library: Library;
  readonly #held: (Tensor | ConvShape)[] = [];

  constructor(library: Library) {
    this.library = library;
  }

  static async open(): Promise<Fixture> {
    return new Fixture(await openLibrary());
  }

  /** Names of the paths that run here. */
  get paths(): string[] {
    return this.library.isaPaths().filter((path) => path.built && path.supported).map((path) => path.name);
  }

  zeros(count: number, type: TensorType = "fp32"): Tensor {
    const tensor = new Tensor(this.library, type, count);
    this.#held.push(tensor);
    return tensor;
  }

  shape(geometry: Geometry): ConvShape {
    const shape = new ConvShape(this.library, geometry);
    this.#held.push(shape);
    return shape;
  }

  /** An fp32 tensor of the values. */
  tensor(values: ArrayLike<number>): Tensor {
    const tensor = this.zeros(values.length);
    tensor.write(Float32Array.from(values));
    return tensor;
  }

  /** An int16 tensor of the values. */
  int16(values: ArrayLike<number>): Tensor {
    const tensor = this.zeros(values.length, "int16");
    tensor.write(Int16Array.from(values));
    return tensor;
  }

  /** A uint8 tensor of the values. */
  bytes(values: ArrayLike<number>): Tensor {
    const tensor = this.zeros(values.length, "uint8");
    tensor.write(Uint8Array.from(values));
    return tensor;
  }

  /** Status of a call with all words but its guesses, in C's order. */
  status(kernel: KernelName, args: readonly Argument[], guess = 0): number {
    const words = wordsOf(kernel, args, guess);
    return this.library.symbols.eoq_call(KERNEL_NAMES.indexOf(kernel), words, BigInt(words.byteLength));
  }

  /** Calls a kernel. @throws {RunError} with the library's text when it refuses. */
  call<K extends KernelName>(kernel: K, words: Words<K>): void {
    this.library.call(kernel, words);
  }

  /** Frees the tensors and shapes; the library stays open. */
  clear(): void {
    for (const each of this.#held.splice(0)) each.close();
  }

  [Symbol.dispose](): void {
    this.clear();
    this.library.close();
  }
}
