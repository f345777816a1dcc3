/**
 * Programs as the kernel library takes them: 32-bit words.
 *
 * @module
 */

import type { KernelName } from "../../lib/native/declarations.ts";
import type { Library } from "../../lib/native/library.ts";
import { KERNEL_NAMES } from "../../lib/native/words.ts";
import { type Argument, wordsOf } from "./fixture.ts";

/** A call with all words but its guesses, in C's order. */
export interface RawCall {
  readonly kernel: KernelName;
  readonly args: readonly Argument[];
}

/** A word of a call that has the value of a slot in each run. */
export interface Patch {
  readonly call: number;
  readonly word: number;
  readonly slot: number;
}

/** First word of a program. */
export const MAGIC = 0x514f45;

/** Words in front of the calls. */
export const HEADER = 4;

/** The words of a program. */
export function programOf(
  calls: readonly RawCall[],
  slots = 0,
  patches: readonly Patch[] = [],
): Int32Array<ArrayBuffer> {
  return Int32Array.from([
    ...[MAGIC, calls.length, slots, patches.length],
    ...calls.flatMap(({ kernel, args }) => [
      KERNEL_NAMES.indexOf(kernel),
      ...new Int32Array(wordsOf(kernel, args).buffer),
    ]),
    ...patches.flatMap(({ call, word, slot }) => [call, word, slot]),
  ]);
}

/** Handle of a program, or the status of its refusal. */
export function create({ symbols }: Library, words: Int32Array<ArrayBuffer>): number {
  return symbols.eoq_program_create(new Uint8Array(words.buffer, 0, words.byteLength), BigInt(words.byteLength));
}
