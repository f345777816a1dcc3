/**
 * A call of a dump while it is computed again: what it reads, and what it
 * should have written.
 *
 * @module
 */

import { type Call, type Quantizer, readTensor, type Shape } from "./dump.ts";
import {
  clip,
  exactShift,
  limit,
  magnitude,
  map,
  randomBits,
  type Range,
  round,
  scalarBias,
  stochastic,
  type Values,
} from "./numbers.ts";

/** A tensor that a call reads. */
export interface Tensor {
  readonly values: Values;
  readonly exponent: number;
  readonly range: Range;
}

/** A tensor that a call writes; what is absent is not said by the definition, or as before. */
export interface Computed {
  readonly values: readonly (number | bigint)[];
  readonly exponent?: number;
  readonly range?: Range;
}

/** By word. */
export type Results = Readonly<Record<string, Computed>>;

/** Most that a known exponent shifts by. */
const MOST_SHIFT = 30;
/** Where no exponent is known. */
const UNKNOWN = -(2 ** 31);

/** A call with what it reads. */
export class CallReader {
  readonly call: Call;
  readonly #folder: string;

  constructor(folder: string, call: Call) {
    this.#folder = folder;
    this.call = call;
  }

  has(word: string): boolean {
    return this.call.operands[word] !== undefined;
  }

  #read(word: string): (number | bigint)[] {
    const operand = this.call.operands[word];
    if (operand?.before === undefined) throw new Error(`${word} is not read`);
    return readTensor(this.#folder, operand, operand.before);
  }

  /** An operand of at most 32 bits. */
  tensor(word: string): Tensor {
    const { exponent, range = [NaN, NaN] } = this.call.operands[word]?.before ?? { exponent: NaN };
    return { values: this.#read(word) as number[], exponent, range };
  }

  /** Elements of any width. */
  wide(word: string): bigint[] {
    return this.#read(word).map(BigInt);
  }

  /** An exponent alone. */
  exponent(word: string): number {
    return this.call.operands[word]!.before!.exponent;
  }

  number(word: string): number {
    const value = this.call.constants[word];
    if (value === undefined) throw new Error(`${word} is no constant`);
    return value;
  }

  shape(word = "shape"): Shape {
    return this.call.shapes![word]!;
  }

  get quantizer(): Quantizer {
    return this.call.quantizer!;
  }

  policy(word: string): number {
    return this.call.policy![word]!;
  }

  /** Bias `index` of the scalars as a summand of sums with this exponent. */
  bias(index: number, exponent: number): number {
    return index === -1 ? 0 : scalarBias(this.tensor("scalars").values[index]!, exponent);
  }

  /** The gradients with these pairs set; index -1 is none. */
  gradients(...pairs: readonly (readonly [index: number, sum: number, exponent: number])[]): Results {
    const values = this.wide("gradients");
    for (const [index, sum, exponent] of pairs) {
      if (index === -1) continue;
      values[2 * index] = BigInt(sum);
      values[2 * index + 1] = BigInt(exponent);
    }
    return { gradients: { values } };
  }

  /** The shift for values of this magnitude and exponent, and the exponents that it leaves behind. */
  shift(m: bigint, exponent: number, most = MOST_SHIFT): { shift: number; results: Results } {
    const { bits, exponent: index } = this.quantizer;
    const exact = exactShift(m, bits);
    if (index === "exact") return { shift: exact, results: {} };
    const { values } = this.tensor("quantizer.exponents");
    const known = values[index]!, wanted = known - exponent;
    const shift = known === UNKNOWN ? exact : Math.min(Math.max(wanted, 0), Math.max(exact, most));
    const left = values.with(index, m === 0n ? UNKNOWN : exponent + exact);
    return { shift, results: { "quantizer.exponents": { values: left } } };
  }

  /** Quantizes values of an exponent that lie in a range into an operand. */
  quantize(into: string, values: Values, exponent: number, range: Range): Results {
    const { bits, rounding, random } = this.quantizer;
    const { shift, results } = this.shift(BigInt(magnitude(range)), exponent);
    const draw = random === undefined ? () => 0 : randomBits(random);
    const rounded = (x: number, s: number, i: number) => {
      if (s < 0) return x * 2 ** -s;
      return clip(rounding === "nearest" ? round(x, s) : stochastic(x, s, draw(i)), limit(bits));
    };
    const ends = rounding === "nearest"
      ? [round(range[0], shift), round(range[1], shift)] as const
      : [Math.floor(range[0] / 2 ** shift), Math.ceil(range[1] / 2 ** shift)] as const;
    const low = Math.max(clip(ends[0], 127), -limit(bits)), high = Math.min(clip(ends[1], 127), limit(bits));
    if (!this.has("quantizer.fine")) {
      const q = values.map((x, i) => rounded(x, shift, i));
      return { ...results, [into]: { values: q, exponent: exponent + shift, range: [low, high] } };
    }
    const finer = bits - 1, isSmall = (x: number) => Math.abs(x) < 2 ** shift;
    const coarse = values.map((x, i) => isSmall(x) ? 0 : rounded(x, shift, i));
    const fine = values.map((x, i) => isSmall(x) ? rounded(x, shift - finer, i) : 0);
    return {
      ...results,
      [into]: { values: coarse, exponent: exponent + shift, range: [Math.min(low, 0), Math.max(high, 0)] },
      "quantizer.fine": { values: fine, exponent: exponent + shift - finer, range: [-127, 127] },
    };
  }

  /** As many numbers as a tensor of this word has elements. */
  fill(word: string, of: (i: number) => number): number[] {
    return map(this.call.operands[word]!.shape.reduce((all, size) => all * size, 1), of);
  }
}
