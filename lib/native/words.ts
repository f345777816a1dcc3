/**
 * The words of a kernel's call: named values in TypeScript, 32-bit words in
 * their declared order in C.
 *
 * @module
 */

import type { ConvShape } from "./conv_shape.ts";
import { type KernelName, KERNELS, RECORDS } from "./declarations.ts";
import { entriesOf } from "./signature.ts";
import type { Tensor } from "./tensor.ts";

/** A number that is another one in each run of a program: a rate, the step, a share. */
export class Slot {
  /** What a run gives its value under. */
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** A number of a call. */
export type Number = number | Slot;

/** What may stand for a kind of word; kinds that are not here are numbers. */
interface Kinds {
  "in": Tensor;
  "out": Tensor;
  "inout": Tensor;
  "in?": Tensor | undefined;
  "out?": Tensor | undefined;
  "inout?": Tensor | undefined;
  "shape": ConvShape;
  "quantizer": Quantizer;
  "policy": UpdatePolicy;
}

/** Name and value of an entry of a list. A guess is the library's own. */
type Word<E extends string> = E extends `${string}: guess` ? unknown
  : E extends `${infer Name}: ${infer Kind}` ? { readonly [N in Name]: Kind extends keyof Kinds ? Kinds[Kind] : Number }
  : { readonly [N in E]: Number };

type WordsIn<L extends string> = L extends `${infer First}, ${infer Rest}` ? Word<First> & WordsIn<Rest> : Word<L>;

/** How a tensor is quantized into. */
export type Quantizer = WordsIn<typeof RECORDS.quantizer>;

/** How weights are updated. */
export type UpdatePolicy = WordsIn<typeof RECORDS.policy>;

/** The words of a kernel by name. */
export type Words<K extends KernelName> = WordsIn<typeof KERNELS[K]>;

/** Eight bits to nearest, with the exact exponent. */
export const NEAREST: Quantizer = {
  bits: 8,
  stochastic: 0,
  seed: 0,
  step: 0,
  stream: 0,
  exponents: undefined,
  exponent: 0,
  fine: undefined,
};

/** What a word is: a handle that a kernel reads, writes or both, or may be without; a shape; a guess; a number. */
export type WordKind = keyof Omit<Kinds, "quantizer" | "policy"> | "guess" | "i32" | "u32" | "f32";

/** A word in the layout of a call. */
export interface LaidWord {
  /** Its name; that of a record's word is `quantizer.bits`. */
  readonly name: string;
  readonly kind: WordKind;
}

function isRecord(kind: string): kind is keyof typeof RECORDS {
  return kind in RECORDS;
}

function layOut(list: string): LaidWord[] {
  return entriesOf(list).flatMap(({ name, kind }) =>
    isRecord(kind)
      ? layOut(RECORDS[kind]).map((word) => ({ ...word, name: `${name}.${word.name}` }))
      : [{ name, kind: kind as WordKind }]
  );
}

/** The words of each kernel in C's order. */
export const LAYOUTS: Readonly<Record<KernelName, readonly LaidWord[]>> = Object.fromEntries(
  Object.entries(KERNELS).map(([name, list]) => [name, layOut(list)]),
) as Record<KernelName, LaidWord[]>;

/** Kernels by their numbers. */
export const KERNEL_NAMES = Object.keys(KERNELS) as readonly KernelName[];

/** The value of a word. */
export type WordValue = Number | Tensor | ConvShape | undefined;

/** The words of a call in C's order; a guess is 0. */
export function flatten<K extends KernelName>(kernel: K, words: Words<K>): WordValue[] {
  return LAYOUTS[kernel].map(({ name, kind }) => {
    if (kind === "guess") return 0;
    const [own, inner] = name.split(".");
    const value = (words as Readonly<Record<string, unknown>>)[own!];
    return (inner === undefined ? value : (value as Readonly<Record<string, WordValue>>)[inner]) as WordValue;
  });
}

/** Writes numbers as the words of their kinds. */
export class WordBuffer {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;

  constructor(words: number) {
    this.bytes = new Uint8Array(4 * words);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Sets a word. */
  set(index: number, kind: WordKind, value: number): void {
    if (kind === "f32") this.#view.setFloat32(4 * index, value, true);
    else if (kind === "u32") this.#view.setUint32(4 * index, value, true);
    else this.#view.setInt32(4 * index, value, true);
  }
}
