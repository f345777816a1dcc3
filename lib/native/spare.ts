/**
 * Which tensors of a program lie there for nothing: a convolution that also
 * quantizes keeps large sums in the cache (`kernels/int8/conv_fused.c`), and
 * memory that nobody writes to takes none of the machine's.
 *
 * @module
 */

import type { Functions } from "./functions.ts";
import type { Lifetime } from "./memory.ts";
import type { Call, Program } from "./program.ts";

/** Bytes of sums up to which a call writes them out: `WORTH_BYTES` in C. */
const WORTH_BYTES = 512 * 1024;

/** Whether a call knows the shift of its quantizer without a pass over all sums before: `eoq_int8_exact` in C. */
function isExact({ words }: Call): boolean {
  if (!("quantizer" in words) || "fine" in words && words.fine !== undefined) return false;
  const { stochastic, fine, exponents } = words.quantizer;
  return stochastic === 0 && fine === undefined && exponents === undefined;
}

/** The lifetimes of a program, and which of them are spare on the path that runs. */
export function markSpare({ symbols }: Functions, { calls }: Program, lifetimes: readonly Lifetime[]): Lifetime[] {
  // The scalar path, the first one, writes all sums out.
  if (symbols.eoq_isa_selected() === 0) return [...lifetimes];
  return lifetimes.map((each) => {
    const { word, first, last, bytes } = each;
    return { ...each, spare: word === "sums" && first === last && bytes > WORTH_BYTES && isExact(calls[first]!) };
  });
}
