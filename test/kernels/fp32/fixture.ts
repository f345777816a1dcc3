/**
 * What tests of fp32 kernels share: the library on each path of this CPU,
 * tensors that are freed together, and inputs that fp32 holds exactly.
 *
 * @module
 */

import { assert } from "@std/assert";
import { type Library, openLibrary } from "../../../lib/native/library.ts";
import type { FP32_SYMBOLS } from "../../../lib/native/symbols_fp32.ts";
import { Tensor, type TensorType } from "../../../lib/native/tensor.ts";

/** Unit roundoff of fp32. */
export const ROUNDOFF = 2 ** -24;

type Kernel = keyof typeof FP32_SYMBOLS;

/** An argument of a kernel: tensors pass as their handle. */
export type Argument = Tensor | number;

/** An open library and the tensors of a test. */
export class Fixture implements Disposable {
  readonly library: Library;
  readonly #tensors: Tensor[] = [];

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
    this.#tensors.push(tensor);
    return tensor;
  }

  /** An fp32 tensor of the values. */
  tensor(values: ArrayLike<number>): Tensor {
    const tensor = this.zeros(values.length);
    tensor.write(Float32Array.from(values));
    return tensor;
  }

  /** A uint8 tensor of the values. */
  bytes(values: ArrayLike<number>): Tensor {
    const tensor = this.zeros(values.length, "uint8");
    tensor.write(Uint8Array.from(values));
    return tensor;
  }

  /** Calls a kernel. @throws {RunError} with the library's text when it refuses. */
  call(kernel: Kernel, ...args: Argument[]): void {
    const numbers = args.map((each) => typeof each === "number" ? each : each.handle);
    const run = this.library.symbols[kernel] as unknown as (...numbers: number[]) => number;
    this.library.check(run(...numbers));
  }

  /** Frees the tensors; the library stays open. */
  clear(): void {
    for (const tensor of this.#tensors.splice(0)) tensor.close();
  }

  [Symbol.dispose](): void {
    this.clear();
    this.library.close();
  }
}

/** The elements of an fp32 tensor. */
export function read(tensor: Tensor): Float32Array {
  return tensor.read(new Float32Array(tensor.count));
}

/** `count` numbers in [-scale, scale) that fp32 holds exactly. */
export function randomValues(source: () => number, count: number, scale = 1): Float64Array {
  return Float64Array.from({ length: count }, () => Math.fround(scale * (2 * source() - 1)));
}

/** Asserts |actual - expected| <= tolerance element by element. */
export function assertWithin(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: (i: number) => number,
  what: string,
): void {
  assert(actual.length === expected.length, `${what}: ${actual.length} elements, expected ${expected.length}`);
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    assert(
      difference <= tolerance(i),
      `${what}[${i}]: ${actual[i]} differs from ${expected[i]} by ${difference}, more than ${tolerance(i)}`,
    );
  }
}
