/**
 * What a formula is: from the words of a kernel's call to what the call
 * executes and moves.
 *
 * Bytes are those of a machine that keeps a tensor nowhere between two passes
 * over it, and of everything else what it needs: each pass over a tensor reads
 * or writes it once; a convolution is one pass over its input, its weights and
 * its output. Partial sums, labels and what a convolution packs are not counted.
 *
 * @module
 */

import type { KernelName } from "../native/declarations.ts";
import type { Path } from "../native/paths.ts";
import type { Number, Words } from "../native/words.ts";
import { type OperationKind, type Operations, sumOperations, type Traffic } from "./kinds.ts";

/** Operations of an element, a channel, an image, or of many. */
export type Each = Partial<Operations>;

/** Bytes of one class of tensors that something reads and writes. */
export type Move = Pick<Traffic, "tensor"> & Partial<Pick<Traffic, "read" | "written">>;

/** What something executes and moves. */
export interface Counted {
  readonly operations: Each;
  /** What is executed beside that, and the algorithm itself has no need of. */
  readonly overhead?: Each;
  /** Multiply-accumulates, padding taps counted. */
  readonly macs?: number;
  /** The same, padding taps passed over. */
  readonly products?: number;
  readonly moves: readonly Move[];
}

/** What a count depends on beside the words of a call. */
export interface Setting {
  /** Path whose overhead is counted beside that of the reference. */
  readonly path: Path | undefined;
  /** Whether labels are smoothed, which is a slot of the loss. */
  readonly smoothed: boolean;
}

/** What a call of a kernel executes and moves. */
export type Formula<K extends KernelName> = (words: Words<K>, setting: Setting) => Counted;

/** A formula for each of these kernels. */
export type Formulas<K extends KernelName> = { readonly [Name in K]: Formula<Name> };

/** A formula for some kernels. */
export type SomeFormulas = Partial<Formulas<KernelName>>;

/** The number of a word. @throws {TypeError} where it is another one in each step. */
export function fixed(word: Number): number {
  if (typeof word !== "number") throw new TypeError(`a count depends on ${word.name}, which changes from step to step`);
  return word;
}

/** So many times some operations. */
export function times(count: number, each: Each): Each {
  return Object.fromEntries(Object.entries(each).map(([kind, number]) => [kind as OperationKind, count * number]));
}

/** So many elements that cost all of this. */
export function elements(count: number, ...each: Each[]): Each {
  return times(count, sumOperations(each));
}

/** Several things after one another. */
export function together(...all: Counted[]): Counted {
  return {
    operations: sumOperations(all.map(({ operations }) => operations)),
    overhead: sumOperations(all.map(({ overhead = {} }) => overhead)),
    macs: all.reduce((sum, { macs = 0 }) => sum + macs, 0),
    products: all.reduce((sum, { products = 0 }) => sum + products, 0),
    moves: all.flatMap(({ moves }) => moves),
  };
}
