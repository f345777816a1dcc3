/**
 * What networks and tensors see of the kernel library. The library itself is
 * one; others watch what is called, or compute nothing.
 *
 * @module
 */

import { SYMBOLS } from "./symbols.ts";

/** The C functions by name. */
export type Symbols = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** Name of a C function. */
export type SymbolName = keyof Symbols;

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

/** Told of each call: the C function, its arguments, its milliseconds and what it returned. */
export type CallListener = (name: SymbolName, args: readonly unknown[], milliseconds: number, result: number) => void;

/** The same kernels, to hand to whatever is to be watched. */
export function watchedKernels(kernels: Kernels, listener: CallListener): Kernels {
  const symbols = symbolsBy((name, args) => {
    // Looked up at each call, so that a closed library still refuses.
    const call = kernels.symbols[name];
    const start = performance.now();
    const result: number = Reflect.apply(call, undefined, args);
    listener(name, args, performance.now() - start, result);
    return result;
  });
  return { symbols, check: (status) => kernels.check(status) };
}
