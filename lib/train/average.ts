/**
 * Averaged weights (SWALP: Yang et al., arXiv 1904.11943): sums of the weights
 * at moments of the last part of a run, and their mean, rounded once. Training
 * takes no notice of them.
 *
 * @module
 */

import { z } from "zod";
import type { StateEntry } from "../exec/network.ts";

/** When weights are sampled. */
export interface Averaging {
  /** Percent of the run's images from which on: 0 to 99. */
  readonly from: number;
  /** Steps from one sample to the next; null for one at the end of each epoch. The end of the run is always one. */
  readonly every: number | null;
}

/** Schema of {@linkcode Averaging}. */
export const averagingSchema = z.strictObject({
  from: z.int().min(0).max(99).describe("percent of the run's images from which on weights are sampled"),
  every: z.int().positive().nullable().default(null).describe(
    "steps from one sample to the next; null for one at the end of each epoch",
  ),
}) satisfies z.ZodType<Averaging>;

/** Most samples: so many times -2^15 is the least of an int32. */
export const MOST_SAMPLES = 2 ** 16 - 1;

/** What a checkpoint keeps of an average. */
export interface SavedSums {
  /** States that were added up. */
  readonly samples: number;
  /** Under the names, shapes and exponents of the weights: int32 of 8 and 16 bits, int64 of 32, fp64 of fp32. */
  readonly entries: readonly StateEntry[];
}

type Sums = Int32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

interface Sum {
  readonly entry: Omit<StateEntry, "bytes">;
  readonly sums: Sums;
}

/** What is stored below the steps of int8 weights, under their name and this, in steps of 2^-8 or 2^-16 of them. */
const FRACTION = ".fraction";
const FRACTION_STEPS: Readonly<Record<string, number>> = { uint8: 2 ** 8, int16: 2 ** 16 };

/** Elements of an entry; those of the type uint8 are fractions, which have a sign. */
function elementsOf({ type, bytes }: StateEntry) {
  const { buffer } = new Uint8Array(bytes);
  switch (type) {
    case "int8":
    case "uint8":
      return new Int8Array(buffer);
    case "int16":
      return new Int16Array(buffer);
    case "int32":
      return new Int32Array(buffer);
    case "fp32":
      return new Float32Array(buffer);
    default:
      throw new RangeError(`weights of the type ${type} have no sums`);
  }
}

function sumsOf(type: StateEntry["type"], from: Uint8Array): Sums {
  const { buffer } = new Uint8Array(from);
  if (type === "int32") return new Int32Array(buffer);
  return type === "int64" ? new BigInt64Array(buffer) : new Float64Array(buffer);
}

function newSums(type: StateEntry["type"], count: number): Sums {
  return sumsOf(type, new Uint8Array(count * (type === "int32" ? 4 : 8)));
}

/** Type of the sums of weights of a type. */
function sumType(type: StateEntry["type"]): "int32" | "int64" | "fp64" {
  return type === "fp32" ? "fp64" : type === "int32" ? "int64" : "int32";
}

/** A quotient to nearest, halves upwards; exact, since remainders and whole quotients of doubles are. */
function divided(sum: number, by: number): number {
  const twice = 2 * sum + by, rest = twice % (2 * by);
  return (twice - (rest < 0 ? rest + 2 * by : rest)) / (2 * by);
}

/** The same of wide integers. */
function dividedWide(sum: bigint, by: bigint): bigint {
  const twice = 2n * sum + by, rest = twice % (2n * by);
  return (twice - (rest < 0n ? rest + 2n * by : rest)) / (2n * by);
}

/** Sums of the weights of one run. */
export class WeightAverage {
  #samples: number;
  readonly #sums: Map<string, Sum>;

  /** @param saved Where an earlier part of the run left off. */
  constructor(saved: SavedSums = { samples: 0, entries: [] }) {
    this.#samples = saved.samples;
    this.#sums = new Map(saved.entries.map(({ bytes, ...entry }) => [
      entry.name,
      { entry, sums: sumsOf(entry.type, bytes) },
    ]));
  }

  /** Samples so far. */
  get samples(): number {
    return this.#samples;
  }

  /** Bytes of the sums. */
  get byteLength(): number {
    return [...this.#sums.values()].reduce((bytes, { sums }) => bytes + sums.byteLength, 0);
  }

  /** Adds what a network's state has of weights. */
  add(state: readonly StateEntry[]): void {
    for (const entry of state.filter(({ weights }) => weights)) this.#addEntry(entry);
    this.#samples++;
  }

  #addEntry(entry: StateEntry): void {
    const { name, shape, exponent } = entry, values = elementsOf(entry), type = sumType(entry.type);
    const first: Sum = { entry: { name, type, shape, exponent, weights: false }, sums: newSums(type, values.length) };
    const { sums, entry: own } = this.#sums.get(name) ?? first;
    if (own.exponent !== exponent) throw new RangeError(`${name}: its steps changed while it was averaged`);
    if (sums instanceof BigInt64Array) values.forEach((value, i) => sums[i]! += BigInt(value));
    else for (let i = 0; i < values.length; i++) sums[i]! += values[i]!;
    if (sums === first.sums) this.#sums.set(name, first);
  }

  /** What a checkpoint keeps; undefined before the first sample. */
  save(): SavedSums | undefined {
    if (this.#samples === 0) return undefined;
    const entries = [...this.#sums.values()].map(({ entry, sums }) => ({
      ...entry,
      bytes: new Uint8Array(sums.buffer.slice(0)),
    }));
    return { samples: this.#samples, entries };
  }

  /**
   * A state whose weights are the means of the samples, all else as given.
   * Integers are rounded once, to nearest; int8 weights with more bits stored
   * below their steps get the int8 nearest to the mean of what was stored, and
   * none below.
   */
  mean(state: readonly StateEntry[]): StateEntry[] {
    const types = new Map(state.map(({ name, type }) => [name, type]));
    return state.map((entry) => entry.weights ? { ...entry, bytes: this.#meanOf(entry, types) } : entry);
  }

  #meanOf(entry: StateEntry, types: ReadonlyMap<string, StateEntry["type"]>): Uint8Array {
    const { name, bytes } = entry, { sums } = this.#sums.get(name)!, n = this.#samples;
    const values = elementsOf({ ...entry, bytes: new Uint8Array(bytes.byteLength) });
    if (sums instanceof BigInt64Array) {
      sums.forEach((sum, i) => values[i] = Number(dividedWide(sum, BigInt(n))));
    } else if (values instanceof Float32Array) {
      sums.forEach((sum, i) => values[i] = sum / n);
    } else if (!name.endsWith(FRACTION)) {
      const below = name.replace(/\.weights$/, "") + FRACTION;
      const steps = FRACTION_STEPS[types.get(below) ?? ""] ?? 1, fractions = this.#sums.get(below)?.sums;
      sums.forEach((sum, i) => values[i] = divided(sum * steps + Number(fractions?.[i] ?? 0), n * steps));
    }
    return new Uint8Array(values.buffer);
  }
}
