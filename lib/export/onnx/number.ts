/**
 * The arithmetic of eoq (kernels/int8/number.h) in ONNX operators that are
 * exact: whole numbers lie in doubles, which hold them up to 2^53, and all
 * factors are powers of two. Sizes of one image have the shape (images, 1, 1, 1),
 * so images of a batch know nothing of each other.
 *
 * @module
 */

import type { Graph, Name, Operand } from "./graph.ts";

/** Least and largest, or bounds of them, of an image's elements. */
export interface Range {
  readonly low: Operand;
  readonly high: Operand;
}

/** What whole numbers are quantized by. */
export interface Rounding {
  /** Width of the result. */
  readonly bits: number;
  /** 2^shift. */
  readonly power: Operand;
  /** 2^-shift. */
  readonly factor: Operand;
}

/** Of a tensor that has bytes in an operator: its 0. */
export const ZERO_POINT = 128;

/** Largest magnitude that a shift is looked for: sums, their bias and the rounding fit int32. */
const MOST_BITS = 31;

const limitOf = (bits: number) => 2 ** (bits - 1) - 1;

/** The least whole number m with round(log2 m) >= j: m^2 >= 2^(2j - 1). */
function leastOfLog2(j: number): number {
  if (j <= 0) return 1;
  const square = 1n << BigInt(2 * j - 1);
  let m = BigInt(Math.floor(2 ** (j - 0.5)));
  while (m * m < square) m++;
  while ((m - 1n) * (m - 1n) >= square) m--;
  return Number(m);
}

/** Writes formulas of doubles; what is known already is a number, and no operator. */
export class Arithmetic {
  readonly graph: Graph;

  constructor(graph: Graph) {
    this.graph = graph;
  }

  #write(operator: string, operands: readonly Operand[], compute: (...numbers: number[]) => number): Operand {
    const numbers = operands.filter((each) => typeof each === "number");
    return numbers.length === operands.length ? compute(...numbers) : this.graph.operator(operator, operands);
  }

  add(a: Operand, b: Operand): Operand {
    if (b === 0) return a;
    return a === 0 ? b : this.#write("Add", [a, b], (a, b) => a! + b!);
  }

  multiply(a: Operand, b: Operand): Operand {
    if (a === 0 || b === 0) return 0;
    return this.#write("Mul", [a, b], (a, b) => a! * b!);
  }

  divide(a: Operand, b: Operand): Operand {
    return this.#write("Div", [a, b], (a, b) => a! / b!);
  }

  floor(a: Operand): Operand {
    return this.#write("Floor", [a], (a) => Math.floor(a!));
  }

  maximum(...all: readonly Operand[]): Operand {
    return this.#write("Max", all, Math.max);
  }

  minimum(...all: readonly Operand[]): Operand {
    return this.#write("Min", all, Math.min);
  }

  /** Within two numbers. */
  within(a: Operand, low: number, high: number): Operand {
    return this.#write("Clip", [a, low, high], (a) => Math.min(Math.max(a!, low), high));
  }

  /** Of any type as doubles. */
  doubles(a: Name): Name {
    return this.graph.operator("Cast", [a], { to: 11 });
  }

  /** To nearest, halves upwards. */
  round(a: Operand): Operand {
    return this.floor(this.add(a, 0.5));
  }

  /** q * 2^s to nearest within +-limit, 2^s being `power`: `align` of the golden vectors. */
  align(q: Operand, power: Operand, limit: number): Operand {
    return this.within(this.round(this.multiply(q, power)), -limit, limit);
  }

  /** The value in a row of the first threshold that is passed last, or `least` where none is. */
  #step(m: Operand, thresholds: readonly number[], values: readonly number[], least: number): Name {
    const { graph } = this, dims = [1, 1, 1, thresholds.length];
    const passed = graph.operator("GreaterOrEqual", [m, graph.constant("thresholds", "double", dims, thresholds)]);
    const reached = graph.operator("Where", [passed, graph.constant("powers", "double", dims, values), least]);
    return this.largest(reached, [3]);
  }

  /** 2^shift of magnitudes m (images, 1, 1, 1): shift is max(0, round(log2 m) - (bits - 1)), eoq_quantize_shift_to. */
  shiftPower(m: Operand, bits: number): Name {
    const shifts = Array.from({ length: MOST_BITS - bits + 1 }, (_, i) => i + 1);
    return this.#step(m, shifts.map((shift) => leastOfLog2(shift + bits - 1)), shifts.map((shift) => 2 ** shift), 1);
  }

  /** 2^width of magnitudes m of int8: width is 0 of 0, else floor(log2 m) + 1. */
  widthPower(m: Operand): Name {
    const widths = [1, 2, 3, 4, 5, 6, 7];
    return this.#step(m, widths.map((width) => 2 ** (width - 1)), widths.map((width) => 2 ** width), 1);
  }

  /** An image's largest element, along all axes but the first unless said otherwise. */
  largest(a: Operand, axes: readonly number[] = [1, 2, 3]): Name {
    return this.graph.operator("ReduceMax", [a], { axes, keepdims: 1 });
  }

  /** An image's least element. */
  least(a: Operand): Name {
    return this.graph.operator("ReduceMin", [a], { axes: [1, 2, 3], keepdims: 1 });
  }

  /** The larger magnitude of a range's ends. */
  magnitude({ low, high }: Range): Operand {
    return this.maximum(high, this.multiply(low, -1), 0);
  }

  /** How sums of a range are brought to so many bits. */
  rounding(range: Range, bits: number): Rounding {
    const power = this.shiftPower(this.magnitude(range), bits);
    return { bits, power, factor: this.divide(1, power) };
  }

  /** Whole numbers times factor * 2^shift within the limit, as bytes above the zero point. */
  bytes(scaled: Operand, bits: number): Name {
    const limit = limitOf(bits);
    const clipped = this.within(this.floor(scaled), ZERO_POINT - limit, ZERO_POINT + limit);
    return this.graph.operator("Cast", [clipped], { to: 2 }, "y");
  }

  /** A range of sums as that of what they are rounded to. */
  roundedRange({ low, high }: Range, { factor, bits }: Rounding): Range {
    const limit = limitOf(bits);
    const round = (end: Operand) => this.within(this.round(this.multiply(end, factor)), -limit, limit);
    return { low: round(low), high: round(high) };
  }
}
