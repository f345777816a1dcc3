/**
 * How the activations and errors of a training step are quantized: what of the
 * recipe changes from step to step.
 *
 * @module
 */

import type { Kernels } from "../../native/kernels.ts";
import { Tensor } from "../../native/tensor.ts";
import type { EXPONENT_POLICIES, Rounding } from "../recipe.ts";
import { UNMEASURED } from "./number.ts";

/** Streams of random bits: those of parameters lie below the first, and every tensor has a range of its own. */
const FIRST_STREAM = 2 ** 31;
const STREAMS = 2 ** 16;

/** A tensor that is quantized into, and how often a step does that at most. */
interface Target {
  readonly tensor: Tensor;
  readonly rounding: Rounding;
  readonly times: number;
}

/** Keys the roundings of a training step, and keeps the exponents that it measures for the next. */
export class Quantizers {
  readonly #library: Kernels;
  readonly #hindsight: boolean;
  readonly #targets: Target[] = [];
  #exponents: Tensor | undefined;

  constructor(library: Kernels, exponents: typeof EXPONENT_POLICIES[number]) {
    this.#library = library;
    this.#hindsight = exponents === "hindsight";
  }

  /** Has a tensor rounded so, 0 times where its exponent is fixed; all are added before the first step. */
  add(tensor: Tensor, rounding: Rounding, times: number): void {
    this.#targets.push({ tensor, rounding, times });
  }

  /** Exponents of the step before, int32, by tensor in the order of their quantization; absent where each step takes its own. */
  get exponents(): Tensor | undefined {
    if (!this.#hindsight || this.#exponents !== undefined) return this.#exponents;
    const count = this.#targets.reduce((sum, { times }) => sum + times, 0);
    this.#exponents = new Tensor(this.#library, "int32", count);
    this.#exponents.write(new Int32Array(count).fill(UNMEASURED));
    return this.#exponents;
  }

  /** Comes before every training step. */
  start(seed: number, step: number): void {
    const { symbols } = this.#library;
    const { exponents } = this;
    let first = 0;
    this.#targets.forEach(({ tensor, rounding, times }, i) => {
      if (rounding === "stochastic") {
        const stream = FIRST_STREAM + i * STREAMS;
        this.#library.check(symbols.eoq_int8_round_randomly(tensor.handle, seed, step, stream));
      }
      if (exponents !== undefined && times > 0) {
        this.#library.check(symbols.eoq_int8_hindsight(tensor.handle, exponents.handle, first, times));
      }
      first += times;
    });
  }
}
