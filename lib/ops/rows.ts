/**
 * What `eoq ops` found as rows of numbers, which tables and CSV write in their
 * own ways.
 *
 * @module
 */

import { OPERATION_KINDS } from "../count/kinds.ts";
import type { Microcontroller } from "../count/microcontroller.ts";
import { type LayerWork, TENSORS, type Work } from "../count/work.ts";
import { boundOf, type Machine } from "../count/roofline.ts";
import { byteCount, operationCount } from "./report.ts";
import type { MethodOps, OpsReport, PricedCost } from "../report/ops.ts";

/** A quantity with its value for each method; null where a cost model cannot give it. */
export interface QuantityRow {
  /** The cost model that gives it; empty for what is counted. */
  readonly group: string;
  readonly name: string;
  /** `bytes`, a unit of a cost model, or empty for a count. */
  readonly unit: string;
  readonly values: readonly (number | null)[];
}

function costRows(methods: readonly MethodOps[], index: number): QuantityRow[] {
  const costs = methods.map((each) => each.costs[index]!);
  const { model, energy, area, latency } = costs[0]!;
  const row = (what: string, unit: string | null, value: (cost: PricedCost) => number | null): QuantityRow => ({
    group: model,
    name: what,
    unit: unit ?? "",
    values: costs.map(value),
  });
  return [
    row("operations", energy.unit, (cost) => cost.energy.operations),
    row("assumed part of operations", energy.unit, (cost) => cost.energy.assumed),
    row("memory", energy.unit, (cost) => cost.energy.memory),
    row("energy", energy.unit, (cost) => cost.energy.total),
    row("area", area.unit, (cost) => cost.area.value),
    row("latency", latency.unit, (cost) => cost.latency.value),
  ];
}

function boundRows(methods: readonly MethodOps[], machine: Machine): QuantityRow[] {
  const bounds = methods.map(({ layers }) => boundOf(machine, layers));
  return (["compute", "memory", "seconds"] as const).map((name) => ({
    group: machine.name,
    name: name === "seconds" ? "the bound, layer by layer" : `${name} alone`,
    unit: "s",
    values: bounds.map((bound) => bound[name]),
  }));
}

function coreRows(methods: readonly MethodOps[], { name }: Microcontroller, index: number): QuantityRow[] {
  const cycles = methods.map(({ cores = [] }) => cores[index]!);
  const row = (what: string, unit: string, value: (each: typeof cycles[number]) => number | null): QuantityRow => ({
    group: name,
    name: what,
    unit,
    values: cycles.map(value),
  });
  return [
    row("cycles", "", (each) => each.cycles),
    row("estimated part of cycles", "", (each) => each.estimated),
    row("time", "s", (each) => each.seconds),
    row("energy", "J", (each) => each.joules),
  ];
}

/** Every quantity of the totals, methods side by side. */
export function quantityRows({ methods, machine, cores = [] }: OpsReport): QuantityRow[] {
  const row = (name: string, unit: string, value: (method: MethodOps) => number): QuantityRow => ({
    group: "",
    name,
    unit,
    values: methods.map(value),
  });
  return [
    row("MACs", "", ({ total }) => total.macs),
    ...OPERATION_KINDS.map((kind) => row(kind, "", ({ total }) => total.operations[kind])),
    row("operations", "", ({ total }) => operationCount(total.operations)),
    row("overhead of SIMD", "", ({ total }) => operationCount(total.overhead)),
    ...TENSORS.flatMap((tensor) => [
      row(`${tensor} read`, "bytes", ({ total }) => total.traffic[tensor].read),
      row(`${tensor} written`, "bytes", ({ total }) => total.traffic[tensor].written),
    ]),
    row("moved", "bytes", ({ total }) => byteCount(total)),
    row("largest live memory", "bytes", ({ liveBytes }) => liveBytes),
    ...(methods[0]?.costs ?? []).flatMap((_, i) => costRows(methods, i)),
    ...machine === null ? [] : boundRows(methods, machine),
    ...cores.flatMap((core, i) => coreRows(methods, core, i)),
  ];
}

/** The work of a method by layer or phase, and all of it last. */
export function groupedWork({ layers }: MethodOps, by: "layer" | "phase"): [name: string, works: LayerWork[]][] {
  return [...Map.groupBy(layers, (work) => work[by]), ["all", layers]];
}

/** Kinds of a work put together: multiplications, additions, and everything else. */
export function roughCounts({ operations }: Work): { multiplies: number; adds: number; others: number } {
  const sum = (ending: string) =>
    OPERATION_KINDS.reduce((total, kind) => kind.endsWith(ending) ? total + operations[kind] : total, 0);
  const multiplies = sum("multiply"), adds = sum("add");
  return { multiplies, adds, others: operationCount(operations) - multiplies - adds };
}
