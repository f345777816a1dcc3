/**
 * A view of the kernel library whose every call is timed.
 *
 * @module
 */

import type { Library } from "../native/library.ts";
import { SYMBOLS } from "../native/symbols.ts";

/** Told of each call: the C function, its arguments and its milliseconds. */
export type CallListener = (name: string, args: readonly unknown[], milliseconds: number) => void;

/** The same library, to hand to whatever is to be observed. */
export function timedLibrary(library: Library, listener: CallListener): Library {
  const symbols = Object.fromEntries(
    (Object.keys(SYMBOLS) as (keyof typeof SYMBOLS)[]).map((name) => [name, (...args: unknown[]) => {
      // Looked up at each call, so that a closed library still refuses.
      const call = library.symbols[name] as (...args: unknown[]) => number;
      const start = performance.now();
      const result = call(...args);
      listener(name, args, performance.now() - start);
      return result;
    }]),
  );
  return Object.create(library, { symbols: { value: symbols } }) as Library;
}
