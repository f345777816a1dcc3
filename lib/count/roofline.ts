/**
 * The roofline of a machine (Williams, Waterman and Patterson, CACM 2009): the
 * least time that its peaks and its bandwidth allow for counted work.
 *
 * @module
 */

import { z } from "zod";
import { OPERATION_KINDS } from "./kinds.ts";
import { bytesMoved, type Work } from "./work.ts";

const rate = z.number().positive();

/** Schema of {@linkcode Machine}: the JSON of a machine file, version 1. */
export const machineSchema = z.strictObject({
  schemaVersion: z.literal(1),
  name: z.string().min(1),
  /** Where the numbers are from. */
  source: z.string().min(1),
  /** 10^9 multiply-adds a second of all threads together. */
  gigaMacs: z.strictObject({ int8: rate, fp32: rate }),
  /** 10^9 bytes read and written a second. */
  gigabytes: rate,
});

/** Peaks and bandwidth of a machine. */
export type Machine = z.infer<typeof machineSchema>;

/** What bounds work, and the time that the bound allows. */
export interface Bound {
  /** Seconds that the operations take at the peak, and the bytes at the bandwidth. */
  readonly compute: number;
  readonly memory: number;
  /** Seconds that the work takes at least. */
  readonly seconds: number;
  /** What most of them are due to. */
  readonly bound: "compute" | "memory";
}

/**
 * The bound of one layer in one phase. A multiply-add at the peak is two
 * operations, and no operation is faster than one of those: fp32 kinds go at
 * the fp32 peak, all others at the int8 peak, one after the other, since a
 * processor does both in the same units.
 */
function boundOfLayer({ gigaMacs, gigabytes }: Machine, work: Work): Bound {
  const compute = OPERATION_KINDS.reduce((sum, kind) => {
    const peak = kind.startsWith("fp32") ? gigaMacs.fp32 : gigaMacs.int8;
    return sum + work.operations[kind] / (2e9 * peak);
  }, 0);
  const { read, written } = bytesMoved(work);
  const memory = (read + written) / (1e9 * gigabytes);
  return { compute, memory, seconds: Math.max(compute, memory), bound: compute > memory ? "compute" : "memory" };
}

/** The bound of layers and phases that run one after another. */
export function boundOf(machine: Machine, works: readonly Work[]): Bound {
  const bounds = works.map((work) => boundOfLayer(machine, work));
  const sum = (value: (bound: Bound) => number) => bounds.reduce((total, each) => total + value(each), 0);
  const seconds = sum((each) => each.seconds);
  const computed = sum((each) => each.bound === "compute" ? each.seconds : 0);
  return {
    compute: sum(({ compute }) => compute),
    memory: sum(({ memory }) => memory),
    seconds,
    bound: computed > seconds / 2 ? "compute" : "memory",
  };
}
