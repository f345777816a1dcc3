/**
 * What `eoq ops` found as tables of plain ASCII.
 *
 * @module
 */

import { format as formatBytes } from "@std/fmt/bytes";
import { bold } from "@std/fmt/colors";
import type { CostModel } from "../count/cost_model.ts";
import { boundOf, type Machine } from "../count/roofline.ts";
import { bytesMoved, type Grouping, type LayerWork, sumWork } from "../count/work.ts";
import { alignColumns } from "../terminal/columns.ts";
import { visible } from "../terminal/escape.ts";
import { formatCount, formatRate, formatSi } from "../terminal/format.ts";
import { priceBy, ratioOf, REFERENCE } from "./report.ts";
import { groupedWork, type QuantityRow, quantityRows, roughCounts } from "./rows.ts";
import type { MethodOps, OpsReport } from "../report/ops.ts";
import { shapeText } from "../terminal/format.ts";

/** What stands for a number that there is not. */
const NONE = "-";

function valueText(value: number | null, unit: string): string {
  if (value === null) return NONE;
  if (unit === "bytes") return formatBytes(value, { binary: true });
  return unit === "J" || unit === "s" ? formatSi(value, unit) : formatCount(value);
}

function ratioText(ratio: number | null): string {
  if (ratio === null) return NONE;
  if (ratio < 0.001) return "< 0.001";
  return ratio >= 100 ? ratio.toFixed(0) : ratio.toPrecision(3);
}

function rowText({ name, unit, values }: QuantityRow, reference: number): string[] {
  const others = values.filter((_, i) => i !== reference);
  return [
    ["", "bytes", "J", "s"].includes(unit) ? name : `${name} (${unit})`,
    ...values.map((value) => valueText(value, unit)),
    ...reference < 0 ? [] : others.map((value) => ratioText(ratioOf(values[reference]!, value))),
  ];
}

function quantityTable(report: OpsReport): string[] {
  const methods = report.methods.map(({ method }) => method);
  const reference = methods.indexOf(REFERENCE);
  const others = reference < 0 ? [] : methods.filter((method) => method !== REFERENCE);
  const filler = [...methods, ...others].map(() => "");
  // Kinds that no method has any of would only lengthen the table.
  const groups = Map.groupBy(
    quantityRows(report).filter(({ values }) => values.some((value) => value !== 0)),
    ({ group }) => group,
  );
  return alignColumns([
    ["", ...methods.map(() => ""), ...others.map(() => `${REFERENCE} /`)],
    ["", ...methods, ...others],
    ...[...groups].flatMap(([group, rows]) => [
      ...group === "" ? [] : [["", ...filler], [`${group}:`, ...filler]],
      ...rows.map((row) => rowText(row, reference)),
    ]),
  ]);
}

/** Cells of what bounds some work. */
function boundCells(machine: Machine | null, works: readonly LayerWork[]): string[] {
  if (machine === null) return [];
  const { compute, memory, seconds, bound } = boundOf(machine, works);
  return [...[compute, memory, seconds].map((each) => formatSi(each, "s")), bound];
}

interface GroupOptions extends Pick<OpsTableOptions, "models"> {
  readonly by: "layer" | "phase";
  readonly machine: Machine | null;
}

function groupTable(each: MethodOps, { by, models, machine }: GroupOptions): string[] {
  const bound = machine === null ? [] : ["compute", "memory", "at least", "bound by"];
  return alignColumns([
    [by, "MACs", "multiplies", "adds", "others", "read", "written", ...models.map(({ name }) => name), ...bound],
    ...groupedWork(each, by).map(([name, works]) => {
      const work = sumWork(works);
      const { multiplies, adds, others } = roughCounts(work), { read, written } = bytesMoved(work);
      return [
        ...[name, formatCount(work.macs), ...[multiplies, adds, others].map(formatCount)],
        ...[read, written].map((bytes) => valueText(bytes, "bytes")),
        ...models.map((model) => {
          const { energy } = priceBy(model, work);
          return valueText(energy.total ?? energy.operations, energy.unit ?? "");
        }),
        ...boundCells(machine, works),
      ];
    }),
  ]);
}

const WHAT: Readonly<Record<OpsReport["phase"], string>> = {
  inference: "inference",
  forward: "the forward pass of training",
  backward: "the backward pass",
  update: "the update",
  step: "a training step",
};

function title({ model, input, classes, phase, batch, macsPerImage }: OpsReport): string[] {
  const images = batch === 1 ? "image" : "images";
  return [
    `${model} on ${shapeText(input)}, ${classes} classes: ${WHAT[phase]} of ${batch} ${images}`,
    `${formatCount(macsPerImage)} MACs an image forward, padding taps counted`,
  ];
}

function machineText({ name, source, gigaMacs, gigabytes }: Machine): string[] {
  const rates = `int8 ${formatRate(gigaMacs.int8)}, fp32 ${formatRate(gigaMacs.fp32)} GMAC/s, ${
    formatRate(gigabytes)
  } GB/s`;
  return [visible(`${name}: ${rates}; ${source}`)];
}

/** How {@linkcode formatOps} lays a report out. */
export interface OpsTableOptions {
  readonly by: Grouping;
  /** The models that the report's costs are of. */
  readonly models: readonly CostModel[];
  /** Whether titles may be bold. */
  readonly color: boolean;
}

function tables(report: OpsReport, { by, models, color }: OpsTableOptions): string[][] {
  const head = (text: string) => color ? bold(text) : text;
  if (by === "kind") return report.methods.length === 0 ? [] : [quantityTable(report)];
  const { machine } = report;
  return report.methods.map((each) => [head(each.method), ...groupTable(each, { by, models, machine })]);
}

/** Formats a report: totals with methods side by side, or a table of layers or phases for each method. */
export function formatOps(report: OpsReport, options: OpsTableOptions): string {
  return [
    title(report),
    ...report.machine === null ? [] : [machineText(report.machine)],
    ...tables(report, options),
    ...report.refused.map(({ method, reason }) => [`${method} does not run it: ${reason}`]),
  ].map((lines) => lines.join("\n")).join("\n\n") + "\n";
}
