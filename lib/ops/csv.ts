/**
 * What `eoq ops` found as CSV: exact numbers, nothing where there is none.
 *
 * @module
 */

import { cyclesOf } from "../count/cycles.ts";
import { OPERATION_KINDS } from "../count/kinds.ts";
import { boundOf } from "../count/roofline.ts";
import { type Grouping, type LayerWork, sumWork, TENSORS } from "../count/work.ts";
import { TRAITS } from "../exec/methods.ts";
import { type CsvCell, formatCsv } from "../terminal/csv.ts";
import { groupedWork, quantityRows } from "./rows.ts";
import type { OpsReport } from "../report/ops.ts";

function quantityTable(report: OpsReport): CsvCell[][] {
  return [
    ["cost model", "quantity", "unit", ...report.methods.map(({ method }) => method)],
    ...quantityRows(report).map(({ group, name, unit, values }) => [group, name, unit, ...values]),
  ];
}

const BOUND_COLUMNS = ["compute seconds", "memory seconds", "bound seconds", "bound by"];

function groupTable({ methods, machine, cores = [] }: OpsReport, by: "layer" | "phase"): CsvCell[][] {
  const bounds = (works: readonly LayerWork[]): CsvCell[] =>
    machine === null ? [] : Object.values(boundOf(machine, works));
  const moved = TENSORS.flatMap((tensor) => [`${tensor} read bytes`, `${tensor} written bytes`]);
  return [
    [
      ...["method", by, "MACs", ...OPERATION_KINDS, ...moved],
      ...machine === null ? [] : BOUND_COLUMNS,
      ...cores.flatMap(({ name }) => [`${name} seconds`, `${name} joules`]),
    ],
    ...methods.flatMap((each) =>
      groupedWork(each, by).map(([name, works]) => {
        const total = sumWork(works), { macs, operations, traffic } = total;
        return [
          ...[each.method, name, macs],
          ...OPERATION_KINDS.map((kind) => operations[kind]),
          ...TENSORS.flatMap((tensor) => [traffic[tensor].read, traffic[tensor].written]),
          ...bounds(works),
          ...cores.flatMap((core) => {
            const { seconds, joules } = cyclesOf(core, TRAITS[each.method].arithmetic, total);
            return [seconds, joules];
          }),
        ];
      })
    ),
  ];
}

/** A line a quantity with a column a method, or a line a method and layer or phase. */
export function opsCsv(report: OpsReport, by: Grouping): string {
  return formatCsv(by === "kind" ? quantityTable(report) : groupTable(report, by));
}
