/**
 * The trace of a run: what its integers came to every so many steps, and which
 * of those numbers are bad signs.
 *
 * @module
 */

import type { TensorCounters } from "../exec/network.ts";

/** One traced step. */
export interface TraceRecord {
  /** What trains the network. */
  readonly method: string;
  /** Steps done, this one included. */
  readonly step: number;
  /** Images done, those of this step included. */
  readonly images: number;
  /** See {@linkcode Position.rate}. */
  readonly rate: number;
  /** Mean loss of the step in nats. */
  readonly loss: number;
  /** In the order of the backward pass, the classifier's first. */
  readonly tensors: readonly TensorCounters[];
}

/*
 * Where a number becomes a bad sign. Shift quantization clips what lies above
 * R = 2^round(log2 max), at least 2^-1/2 of the largest value: with a tail as
 * thin as a Gaussian's that is one value in thousands, so a twentieth at the
 * clip means a tensor without a tail, and lost information. A weight at its
 * clip cannot grow; a twentieth of them is a layer whose range is too small.
 * Stochastic rounding moves some weight of a learning layer within hundreds
 * of steps even of single images at the lowest rate: if none moved in a
 * thousand, the layer is dead. An
 * error without a value other than 0 trains nothing below it, unless the
 * logits' own is such: then every probability of the batch is within a step,
 * 2^-7, of its target, so nothing is left to learn from it. And exponents
 * follow the data by a few powers of two: 16 are a run that explodes or fades.
 */
const MOST_SATURATED = 0.05;
const DEAD_STEPS = 1000;
const MOST_DRIFT = 16;

/** Steps of a run that say nothing: Fixup starts from layers of zeros, which let no error through. */
const FIRST_STEPS = 20;

/** A kind of bad sign: how bad a tensor's is, 0 for not at all, and how to say it. */
interface Sign {
  readonly severity: (tensor: TensorCounters) => number;
  readonly say: (tensor: TensorCounters) => string;
}

/** Watches the trace for bad signs, and tells each kind once. */
export class TraceWatch {
  readonly #told = new Set<Sign>();
  readonly #every: number;
  /** Exponents where the trace began. */
  readonly #first = new Map<string, number>();
  /** Records in a row in which no weight had changed. */
  readonly #still = new Map<string, number>();
  /** Whether the last record's batch was learnt: the error of its logits was 0. */
  #learnt = false;
  readonly #signs: readonly Sign[];

  /** @param every Steps between two records. */
  constructor(every: number) {
    this.#every = every;
    this.#signs = [
      {
        severity: ({ kind, saturated }) => kind !== "images" && saturated > MOST_SATURATED ? saturated : 0,
        say: ({ saturated }) => `${percent(saturated)} of its values are clipped at +-127`,
      },
      {
        severity: (tensor) => Number(this.#stillFor(tensor) >= DEAD_STEPS),
        say: (tensor) => `no weight has changed in ${this.#stillFor(tensor)} steps: the layer is dead`,
      },
      {
        severity: (tensor) => Number(tensor.kind === "error" && tensor.zeros === 1 && !this.#learnt),
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
    for (const tensor of tensors) this.#note(tensor);
    const logits = tensors.find(({ kind }) => kind === "error");
    this.#learnt = logits !== undefined && isZero(logits);
    if (step <= FIRST_STEPS) return [];
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

  #note(tensor: TensorCounters): void {
    const { name, exponent } = tensor;
    if (!isZero(tensor) && !this.#first.has(name)) this.#first.set(name, exponent);
    if (tensor.kind !== "weights") return;
    this.#still.set(name, tensor.unchanged === 1 ? (this.#still.get(name) ?? 0) + 1 : 0);
  }

  /** Steps for which no weight has changed. */
  #stillFor({ name }: TensorCounters): number {
    return (this.#still.get(name) ?? 0) * this.#every;
  }

  #drift(tensor: TensorCounters): number {
    const { name, exponent } = tensor;
    return isZero(tensor) ? 0 : Math.abs(exponent - (this.#first.get(name) ?? exponent));
  }
}

/** Values of zeros, whose exponent says nothing. */
function isZero(tensor: TensorCounters): boolean {
  return tensor.kind !== "weights" && tensor.zeros === 1;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
