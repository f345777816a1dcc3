/**
 * Counts of floating-point operations, and of the bytes of their operands.
 *
 * @module
 */

import { type Each, type Move, times } from "../formula.ts";

/** What is done for an element, a channel or an image. */
export interface Floats {
  readonly multiplies?: number;
  readonly adds?: number;
  readonly divides?: number;
  readonly squareRoots?: number;
  /** Exponentials and logarithms. */
  readonly exps?: number;
  readonly compares?: number;
}

/** So many times some floating-point operations. */
export function floats(count: number, each: Floats): Each {
  const { multiplies = 0, adds = 0, divides = 0, squareRoots = 0, exps = 0, compares = 0 } = each;
  return times(count, {
    "fp32-multiply": multiplies,
    "fp32-add": adds,
    "fp32-divide": divides,
    "fp32-square-root": squareRoots,
    "fp32-exp": exps,
    "fp32-compare": compares,
  });
}

/** So many fp32 elements read and written. */
export function moved(tensor: Move["tensor"], read: number, written = 0): Move {
  return { tensor, read: 4 * read, written: 4 * written };
}
