/**
 * What networks and tensors see of the kernel library. The library itself is
 * one; others write down what is called, or compute nothing.
 *
 * @module
 */

import type { KernelName } from "./declarations.ts";
import { SYMBOLS } from "./symbols.ts";
import type { Words } from "./words.ts";

/** The C functions by name. */
export type Symbols = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** Name of a C function. */
export type SymbolName = keyof Symbols;

/** Phases of a step; inference is forward alone. */
export const PHASES = ["forward", "backward", "update"] as const;

/** Name of a phase of a step. */
export type Phase = typeof PHASES[number];

/** What a call is a part of. */
export interface Place {
  /** Name of a convolution or max pool, a convolution's with `.norm` behind it, `average-pool`, `input`, `loss` or `scalars`. */
  readonly layer: string;
  readonly phase: Phase;
}

/** Kernels, and what becomes of their statuses. */
export interface Kernels {
  /**
   * The C functions.
   *
   * @internal
   */
  readonly symbols: Symbols;
  /** Returns a status that is not negative; throws otherwise. */
  check(status: number): number;
  /** Runs a kernel, or writes the call down. @throws {RunError} with the library's text when it refuses. */
  call<K extends KernelName>(kernel: K, words: Words<K>, place: Place): void;
}

const NAMES = Object.keys(SYMBOLS) as SymbolName[];

type Draft = { -readonly [Name in SymbolName]?: Symbols[Name] };

function isComplete(symbols: Draft): symbols is Symbols {
  return NAMES.every((name) => symbols[name] !== undefined);
}

/** Functions that all are one, which is told of the name and the arguments. */
export function symbolsBy(answer: (name: SymbolName, args: readonly unknown[]) => number): Symbols {
  const symbols: Draft = {};
  for (const name of NAMES) symbols[name] = (...args: readonly unknown[]) => answer(name, args);
  if (!isComplete(symbols)) throw new TypeError("a C function has no answer");
  return symbols;
}
