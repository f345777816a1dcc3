/**
 * The convolutions of one layer as the library computes them: one tester for
 * every path and for both of their references.
 *
 * @module
 */

import type { Library } from "../../../lib/native/library.ts";
import { Tensor } from "../../../lib/native/tensor.ts";
import { NEAREST } from "../../../lib/native/words.ts";
import { shaped } from "../shapes.ts";
import { quantized, tensorOf } from "./fixture.ts";
import { outputs, type Quantized, type Shape } from "./reference.ts";

/** Operands of a layer; `bias` has no element, one, or one an output channel. */
export interface Operands {
  readonly x: number[];
  readonly w: number[];
  readonly dy: number[];
  readonly bias: number[];
}

/** Sums of products, and what quantizing them gives, which shows their extremes. */
export interface Products {
  readonly y: number[];
  readonly dx: number[];
  readonly dw: number[];
  readonly quantizedY: Quantized;
  readonly quantizedDx: Quantized;
}

/** Exponents of the operands; that of y lets a bias stand for itself. */
export const EXPONENTS = { x: -8, w: -6, dy: -3 } as const;

/** Elements of a layer's tensors. */
export function elements(s: Shape): { x: number; w: number; y: number } {
  const [oh, ow] = outputs(s);
  return { x: s.n * s.h * s.w * s.c, w: s.k * s.kernel * s.kernel * s.c, y: s.n * oh * ow * s.k };
}

/** A layer's tensors in the library. */
export class Convolutions implements Disposable {
  readonly #library: Library;
  readonly #shape: Shape;
  readonly #biases: number;
  readonly #inputs: { x: Tensor; w: Tensor; dy: Tensor; scalars: Tensor };
  readonly #results: { y: Tensor; dx: Tensor; narrow: Tensor; wide: Tensor; small: Tensor; smallDx: Tensor };

  constructor(library: Library, shape: Shape, { x, w, dy, bias }: Operands) {
    const count = elements(shape);
    this.#library = library;
    this.#shape = shape;
    this.#biases = bias.length;
    const int8 = (values: number[], exponent: number) => tensorOf(library, "int8", Int8Array.from(values), exponent);
    this.#inputs = {
      x: int8(x, EXPONENTS.x),
      w: int8(w, EXPONENTS.w),
      dy: int8(dy, EXPONENTS.dy),
      scalars: tensorOf(library, "int16", Int16Array.from([0, ...bias])),
    };
    this.#results = {
      y: new Tensor(library, "int32", count.y),
      dx: new Tensor(library, "int32", count.x),
      narrow: new Tensor(library, "int32", count.w),
      wide: new Tensor(library, "int64", count.w),
      small: new Tensor(library, "int8", count.y),
      smallDx: new Tensor(library, "int8", count.x),
    };
  }

  /** Runs all phases on the selected path and threads. */
  run(): Products {
    const { x, w, dy, scalars } = this.#inputs;
    const { y, dx, narrow, wide, small, smallDx } = this.#results;
    // What is left unwritten must not pass for the last run's result.
    for (const each of [y, dx, narrow, wide]) each.write(new Uint8Array(each.byteLength).fill(0x5a));
    const s = this.#shape;
    const geometry = shaped(this.#library, s.n, s.h, s.w, s.c, s.k, s.kernel, s.stride, s.pad);
    const bias = this.#biases === 0 ? -1 : 1, biases = this.#biases;
    this.#library.call("int8_conv_forward", { x, weights: w, scalars, bias, biases, y, ...geometry });
    this.#library.call("int8_quantize", { x: y, y: small, quantizer: NEAREST, count: y.count });
    this.#library.call("int8_conv_backward_data", {
      dy,
      fine: undefined,
      weights: w,
      fine_sums: undefined,
      dx,
      ...geometry,
    });
    this.#library.call("int8_quantize", { x: dx, y: smallDx, quantizer: NEAREST, count: dx.count });
    this.#library.call("int8_conv_backward_weights", { x, dy, fine: undefined, dw: narrow, ...geometry });
    this.#library.call("int8_conv_backward_weights", { x, dy, fine: undefined, dw: wide, ...geometry });
    const dw = [...narrow.read(new Int32Array(narrow.count))];
    if ([...wide.read(new BigInt64Array(wide.count))].some((sum, i) => sum !== BigInt(dw[i]!))) {
      throw new Error("int64 weight gradients differ from int32 ones");
    }
    return {
      y: [...y.read(new Int32Array(y.count))],
      dx: [...dx.read(new Int32Array(dx.count))],
      dw,
      quantizedY: quantized(small),
      quantizedDx: quantized(smallDx),
    };
  }

  [Symbol.dispose](): void {
    for (const tensor of [...Object.values(this.#inputs), ...Object.values(this.#results)]) tensor.close();
  }
}
