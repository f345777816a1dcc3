/**
 * From counts to the time and energy of a microcontroller: its core does one
 * thing after another, and waits for its memory.
 *
 * @module
 */

import type { Microcontroller } from "./microcontroller.ts";
import { OPERATION_KINDS } from "./kinds.ts";
import { bytesMoved, type Work } from "./work.ts";

/** The arithmetic of the products of convolutions. */
export type Arithmetic = "int8" | "fp32";

/** What counted work takes on a microcontroller. */
export interface Cycles {
  readonly cycles: number;
  /** The part of them that rests on estimates. */
  readonly estimated: number;
  readonly seconds: number;
  /** Null where the energy of a cycle is not known. */
  readonly joules: number | null;
}

/** The two operations that a product of a convolution is counted as. */
const PRODUCT_KINDS = {
  int8: ["int8-multiply", "int32-add"],
  fp32: ["fp32-multiply", "fp32-add"],
} as const satisfies Record<Arithmetic, readonly string[]>;

/** Prices work whose convolutions multiply in `arithmetic`. */
export function cyclesOf(core: Microcontroller, arithmetic: Arithmetic, work: Work): Cycles {
  const { products = 0, operations } = work, { read, written } = bytesMoved(work);
  const counted: readonly string[] = PRODUCT_KINDS[arithmetic];
  const priced = [
    { count: products, each: core.products[arithmetic] },
    ...OPERATION_KINDS.map((kind) => ({
      count: operations[kind] - (counted.includes(kind) ? products : 0),
      each: core.operations[kind],
    })),
    { count: (read + written) / core.memory.bytes, each: core.memory },
  ];
  const sum = (parts: typeof priced) => parts.reduce((total, { count, each }) => total + count * each.cycles, 0);
  const cycles = sum(priced), { hertz, energyPerCycle } = core;
  return {
    cycles,
    estimated: sum(priced.filter(({ each }) => each.estimate)),
    seconds: cycles / hertz,
    joules: energyPerCycle === null ? null : cycles * energyPerCycle.picojoules * 1e-12,
  };
}
