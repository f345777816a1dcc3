/**
 * The trace of a run: what its integers came to every so many steps, and which
 * of those numbers are bad signs.
 *
 * @module
 */

import type { TensorCounters } from "../exec/network.ts";

/** One traced step. */
export interface TraceRecord {
  readonly method: string;
  /** Steps and images done, this one included. */
  readonly step: number;
  readonly images: number;
  /** See {@linkcode Position.rate}. */
  readonly rate: number;
  /** Mean loss of the step in nats. */
  readonly loss: number;
  readonly tensors: readonly TensorCounters[];
}

/*
 * Where a number becomes a bad sign. Shift quantization clips what lies above
 * R = 2^round(log2 max), at least 2^-1/2 of the largest value: with a tail as
 * thin as a Gaussian's that is one value in thousands, so a twentieth at the
 * clip means a tensor without a tail, and lost information. A weight at its
 * clip cannot grow; a twentieth of them is a layer whose range is too small.
 * A learning layer moves some weight within tens of steps even at the lowest
 * rate, through stochastic rounding: if none moved, the layer is dead. An
 * error without a value other than 0 trains nothing below it. And exponents
 * follow the data by a few powers of two: 16 are a run that explodes or fades.
 */
const MOST_SATURATED = 0.05;
const LEAST_WINDOW = 20;
const MOST_DRIFT = 16;

/** A kind of bad sign: how bad a tensor's is, 0 for not at all, and how to say it. */
interface Sign {
  readonly severity: (tensor: TensorCounters) => number;
  readonly say: (tensor: TensorCounters) => string;
}

/** Watches the trace for bad signs, and tells each kind once. */
export class TraceWatch {
  readonly #told = new Set<Sign>();
  readonly #first = new Map<string, number>();
  readonly #signs: readonly Sign[];

  /** @param every Steps between two records. */
  constructor(every: number) {
    this.#signs = [
      {
        severity: ({ kind, saturated }) => kind !== "images" && saturated > MOST_SATURATED ? saturated : 0,
        say: ({ saturated }) => `${percent(saturated)} of its values are clipped at +-127`,
      },
      {
        severity: (tensor) => Number(every > LEAST_WINDOW && tensor.kind === "weights" && tensor.unchanged === 1),
        say: () => `no weight has changed in ${every} steps: the layer is dead`,
      },
      {
        severity: (tensor) => Number(tensor.kind === "error" && tensor.zeros === 1),
        say: () => "all of it is 0: nothing below it learns",
      },
      {
        severity: (tensor) => Math.max(0, this.#drift(tensor) - MOST_DRIFT + 1),
        say: (tensor) => `its exponent is ${tensor.exponent}, ${this.#drift(tensor)} from where the trace began`,
      },
    ];
  }

  /** One line for each kind of bad sign that this record is the first to show, on the tensor that shows it most. */
  warnings({ method, step, tensors }: TraceRecord): string[] {
    for (const { name, exponent } of tensors) if (!this.#first.has(name)) this.#first.set(name, exponent);
    const lines: string[] = [];
    for (const sign of this.#signs) {
      if (this.#told.has(sign)) continue;
      const bad = tensors.filter((tensor) => sign.severity(tensor) > 0);
      if (bad.length === 0) continue;
      this.#told.add(sign);
      const worst = bad.reduce((worst, tensor) => sign.severity(tensor) > sign.severity(worst) ? tensor : worst);
      const others = bad.length > 1 ? ` (worst of ${bad.length} tensors)` : "";
      lines.push(`${method}, step ${step}: ${worst.name}: ${sign.say(worst)}${others}`);
    }
    return lines;
  }

  #drift({ name, exponent }: TensorCounters): number {
    return Math.abs(exponent - (this.#first.get(name) ?? exponent));
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
