/**
 * What tests of kernels share: the library, the paths of this CPU, and tensors
 * and shapes that are freed together.
 *
 * @module
 */

import { ConvShape, type Geometry } from "../../lib/native/conv_shape.ts";
import { type Library, openLibrary } from "../../lib/native/library.ts";
import type { FP32_PARAMETERS, INT8_PARAMETERS } from "../../lib/native/symbols.ts";
import { Tensor, type TensorType } from "../../lib/native/tensor.ts";

/** Name of a kernel. */
export type Kernel = keyof typeof FP32_PARAMETERS | keyof typeof INT8_PARAMETERS;

/** An argument of a kernel: tensors and shapes pass as their handle. */
export type Argument = Tensor | ConvShape | number;

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

  /** Status of a kernel's call. */
  status(kernel: Kernel, ...args: Argument[]): number {
    const numbers = args.map((each) => typeof each === "number" ? each : each.handle);
    const run = this.library.symbols[kernel] as unknown as (...numbers: number[]) => number;
    return run(...numbers);
  }

  /** Calls a kernel. @throws {RunError} with the library's text when it refuses. */
  call(kernel: Kernel, ...args: Argument[]): void {
    this.library.check(this.status(kernel, ...args));
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
