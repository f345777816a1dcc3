/**
 * Measured steps beside what the roofline of the machine allows.
 *
 * @module
 */

import { countOperations, countTraffic } from "../count/count.ts";
import { boundOf, type Machine } from "../count/roofline.ts";
import { joinWork } from "../count/work.ts";
import { METHODS } from "../exec/methods.ts";
import type { Plan } from "../plan/plan.ts";
import type { BoundRow, Row } from "../report/bench.ts";
import type { Setting } from "../report/setting.ts";

/** The bound of each row of eoq's own steps, on the machine that its setting makes. */
export function boundRows(plan: Plan, rows: readonly Row[], machineOf: (setting: Setting) => Machine): BoundRow[] {
  return rows.flatMap((row): BoundRow[] => {
    const method = METHODS.find((each) => row.subject === "eoq" && each === row.variant);
    if (method === undefined) return [];
    const { phase, batch, isa, threads, median } = row;
    const selection = phase === "inference" ? phase : "step";
    const works = joinWork(countOperations(plan, method, batch), countTraffic(plan, method, batch), selection);
    const { compute, memory, seconds } = boundOf(machineOf({ isa, threads }), works);
    return [{
      ...{ method, phase, batch, isa, threads },
      computeMilliseconds: 1000 * compute,
      memoryMilliseconds: 1000 * memory,
      boundMilliseconds: 1000 * seconds,
      measuredMilliseconds: 1000 * batch / median,
    }];
  });
}
