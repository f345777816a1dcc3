/**
 * The C functions as tensors, shapes and programs see them.
 *
 * @module
 */

import { SYMBOLS } from "./symbols.ts";

/** The C functions by name. */
export type Symbols = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** Name of a C function. */
export type SymbolName = keyof Symbols;

/** The C functions, and what becomes of their statuses. */
export interface Functions {
  /**
   * The C functions.
   *
   * @internal
   */
  readonly symbols: Symbols;
  /** Returns a status that is not negative; throws otherwise. */
  check(status: number): number;
}

/** Handles that C frees once nobody holds the objects that stand for them any more. */
export type HandleRegistry = FinalizationRegistry<{ readonly library: Functions; readonly handle: number }>;

/** A registry of handles that one function destroys. */
export function handleRegistry(destroy: Extract<SymbolName, `${string}_destroy`>): HandleRegistry {
  return new FinalizationRegistry(({ library, handle }) => {
    try {
      library.symbols[destroy](handle);
    } catch {
      // The library was closed first, and its memory with it.
    }
  });
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
