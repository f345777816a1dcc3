/**
 * How the activations and errors of a training step are quantized: which
 * random bits, and which exponent of the step before, each quantization takes.
 *
 * @module
 */

import type { Kernels } from "../../native/kernels.ts";
import { Tensor } from "../../native/tensor.ts";
import type { Quantizer } from "../../native/words.ts";
import type { EXPONENT_POLICIES, Rounding } from "../recipe.ts";
import { UNMEASURED } from "./number.ts";
import { STEP } from "./slots.ts";

/** Streams of random bits: those of parameters lie below the first, and every tensor has a range of its own. */
const FIRST_STREAM = 2 ** 31;
const STREAMS = 2 ** 16;

/** How tensors are quantized. */
export interface Quantization {
  /** Bits that are left. */
  readonly bits: number;
  readonly rounding: Rounding;
  /** How often a step quantizes so at most; 0 where exponents are fixed. */
  readonly times: number;
}

/** A sequence of quantizations, into one tensor or into several: each has a number in it. */
export interface Sequence extends Quantization {
  readonly stream: number;
  /** Its first place among the exponents. */
  readonly first: number;
  /** Quantizations of the step so far. */
  done: number;
}

/** What a tensor is quantized by. */
interface Target {
  readonly sequence: Sequence;
  /** Where what lies below one step goes, of a flagged tensor. */
  readonly fine: Tensor | undefined;
}

/** Numbers the quantizations of a training step, and keeps the exponents that they measure for the next. */
export class Quantizers {
  readonly #library: Kernels;
  readonly #seed: number;
  readonly #hindsight: boolean;
  readonly #sequences: Sequence[] = [];
  readonly #targets = new Map<Tensor, Target>();
  #times = 0;
  #exponents: Tensor | undefined;

  /** @param seed keys random bits, together with the step */
  constructor(library: Kernels, seed: number, exponents: typeof EXPONENT_POLICIES[number]) {
    this.#library = library;
    this.#seed = seed;
    this.#hindsight = exponents === "hindsight";
  }

  /** A further sequence; all are made before the first step. */
  sequence(how: Quantization): Sequence {
    const stream = FIRST_STREAM + this.#sequences.length * STREAMS;
    const created = { ...how, stream, first: this.#times, done: 0 };
    this.#sequences.push(created);
    this.#times += how.times;
    return created;
  }

  /** Has a tensor quantized in a sequence; a flagged one has a fine part. */
  add(tensor: Tensor, sequence: Sequence, fine?: Tensor): void {
    this.#targets.set(tensor, { sequence, fine });
  }

  /** Exponents of the step before, int32, by sequence in its order; absent where each step takes its own. */
  get exponents(): Tensor | undefined {
    if (!this.#hindsight || this.#exponents !== undefined) return this.#exponents;
    this.#exponents = new Tensor(this.#library, "int32", this.#times);
    this.#exponents.write(new Int32Array(this.#times).fill(UNMEASURED));
    return this.#exponents;
  }

  /** A step's first quantization is the next. */
  start(): void {
    for (const sequence of this.#sequences) sequence.done = 0;
  }

  /** The next quantization into a tensor. @throws {RangeError} for one that was not added. */
  next(tensor: Tensor): Quantizer {
    const target = this.#targets.get(tensor);
    if (target === undefined) throw new RangeError("a tensor is quantized that was not added");
    const { sequence, fine } = target;
    const { bits, rounding, times, stream, first } = sequence, done = sequence.done++;
    return {
      bits,
      ...rounding === "stochastic"
        ? { stochastic: 1, seed: this.#seed, step: STEP, stream: stream + done }
        : { stochastic: 0, seed: 0, step: 0, stream: 0 },
      ...done < times && this.#hindsight
        ? { exponents: this.exponents, exponent: first + done }
        : { exponents: undefined, exponent: 0 },
      fine,
    };
  }

  /** The fine part of a tensor that has one. */
  fineOf(tensor: Tensor): Tensor | undefined {
    return this.#targets.get(tensor)?.fine;
  }
}
