/**
 * What `eoq ops` counted: ratios, operations, bytes and energy.
 *
 * @module
 */

import { OPERATION_KINDS } from "../../count/kinds.ts";
import { TENSORS } from "../../count/work.ts";
import type { MethodOps, OpsReport } from "../../report/ops.ts";
import type { Source } from "../../report/read.ts";
import { formatCount, formatSi } from "../../terminal/format.ts";
import { barChart } from "../charts/bars.ts";
import { dotChart } from "../charts/dots.ts";
import { seriesColor } from "../charts/palette.ts";
import { methodStyle } from "../charts/series.ts";
import { type Figure, slug } from "../figure.ts";

/** What was counted, in words. */
function subjectOf({ model, input: { height, width, channels }, batch, phase }: OpsReport): string {
  return `${model}, ${height}x${width}x${channels}, batch ${batch}, ${phase}`;
}

/** How many times as much bn-fp32 takes; of a report that has it. */
function ratios(report: OpsReport): Figure[] {
  const rows = report.ratios.flatMap(({ method, operations, bytes, liveBytes, costs }) =>
    [
      ...[["", "operations", operations], ["", "bytes moved", bytes], ["", "memory live at once", liveBytes]] as const,
      ...costs.flatMap(({ model, operationsEnergy, energy, area, latency }) =>
        [
          [model, "energy of operations", operationsEnergy],
          [model, "energy", energy],
          [model, "area", area],
          [model, "latency", latency],
        ] as const
      ),
    ].flatMap(([model, what, ratio]) => ratio === null ? [] : [{ method, model, what, ratio }])
  );
  if (rows.length === 0) return [];
  const subject = subjectOf(report);
  const times = (value: number) => String(Number(value.toPrecision(3)));
  return [{
    id: slug(`cost-ratios-${subject}`),
    title: `How many times as much bn-fp32 takes: ${subject}`,
    notes: ["Right of 1 the method takes less than bn-fp32. Energy, area and latency are those of cost models."],
    plot: {
      alt: `Ratios of bn-fp32 to each method: ${
        rows.map(({ method, model, what, ratio }) =>
          `${method}, ${model === "" ? "" : `${model} `}${what} ${times(ratio)}`
        )
          .join("; ")
      }.`,
      chart: dotChart({
        label: "bn-fp32 to the method, logarithmic",
        log: true,
        reference: 1,
        format: times,
        dots: rows.map(({ method, model, what, ratio }) => ({
          ...{ group: model === "" ? "counts" : model, label: what, style: methodStyle(method), value: ratio },
        })),
      }),
    },
    table: {
      caption: `How many times as much bn-fp32 takes: ${subject}`,
      columns: [...["method", "cost model", "what"].map((name) => ({ name })), { name: "ratio", format: times }],
      rows: rows.map(({ method, model, what, ratio }) => [method, model, what, ratio]),
    },
  }];
}

/** Operations by kind. */
function counts(report: OpsReport): Figure {
  const subject = subjectOf(report);
  const { methods } = report;
  const kinds = OPERATION_KINDS.filter((kind) => methods.some(({ total }) => total.operations[kind] > 0));
  return {
    id: slug(`counts-${subject}`),
    title: `Operations by kind: ${subject}`,
    notes: ["What the reference executes for a batch, on a logarithmic axis; what a method does none of has no sign."],
    plot: {
      alt: `Operations of a batch by kind: ${
        methods.map(({ method, total }) =>
          `${method}: ${kinds.map((kind) => `${kind} ${formatCount(total.operations[kind])}`).join(", ")}`
        ).join("; ")
      }.`,
      chart: dotChart({
        label: "operations per batch, logarithmic",
        log: true,
        format: formatCount,
        dots: kinds.flatMap((kind) =>
          methods.filter(({ total }) => total.operations[kind] > 0).map(({ method, total }) => ({
            ...{ group: "", label: kind, style: methodStyle(method), value: total.operations[kind] },
          }))
        ),
      }),
    },
    table: {
      caption: `Operations of a batch: ${subject}`,
      columns: [
        { name: "method" },
        ...["layer", "phase"].map((name) => ({ name })),
        ...["MACs", ...kinds].map((name) => ({ name, format: formatCount })),
      ],
      rows: methods.flatMap(({ method, layers, total }) =>
        [{ layer: "all", phase: "all", ...total }, ...layers].map(({ layer, phase, macs, operations }) => [
          ...[method, layer, phase, macs, ...kinds.map((kind) => operations[kind])],
        ])
      ),
    },
  };
}

/** Bytes moved, by kind of tensor. */
function traffic(report: OpsReport): Figure {
  const subject = subjectOf(report);
  const { methods } = report;
  const bytesOf = ({ total }: MethodOps) =>
    TENSORS.map((each) => total.traffic[each].read + total.traffic[each].written);
  const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
  return {
    id: slug(`traffic-${subject}`),
    title: `Bytes moved: ${subject}`,
    notes: ["Each layer reads its operands and writes its results once; bytes of a batch, read and written together."],
    plot: {
      alt: `Bars of bytes by kind of tensor: ${
        methods.map((each) => `${each.method} ${formatCount(sum(bytesOf(each)))}B`).join("; ")
      }.`,
      chart: barChart({
        label: "bytes per batch",
        format: formatCount,
        bars: methods.map((each) => ({
          group: "",
          label: each.method,
          parts: bytesOf(each).map((value, i) => ({ style: { label: TENSORS[i]!, color: seriesColor(i) }, value })),
          text: `${formatCount(sum(bytesOf(each)))}B`,
        })),
      }),
    },
    table: {
      caption: `Bytes moved for a batch: ${subject}`,
      columns: [
        { name: "method" },
        ...TENSORS.flatMap((each) => [`${each} read`, `${each} written`]).map((name) => ({
          name,
          format: formatCount,
        })),
        { name: "most memory live at once", format: formatCount },
      ],
      rows: methods.map(({ method, total, liveBytes }) => [
        ...[method, ...TENSORS.flatMap((each) => [total.traffic[each].read, total.traffic[each].written]), liveBytes],
      ]),
    },
  };
}

const ENERGY_PARTS = ["operations", "operations, on assumed numbers", "memory"] as const;

function energyBy(report: OpsReport, model: string): Figure[] {
  const subject = subjectOf(report);
  const costs = report.methods.flatMap(({ method, costs }) =>
    costs.filter((cost) => cost.model === model).map((cost) => ({ method, ...cost }))
  );
  const priced = costs.filter(({ energy }) => energy.operations !== null);
  if (priced.length === 0) return [];
  const unit = priced[0]!.energy.unit ?? "";
  const bars = priced.map(({ method, energy: { operations, assumed, memory } }) => ({
    method,
    parts: [operations! - (assumed ?? 0), assumed ?? 0, memory ?? 0],
  }));
  const amount = (value: number) => unit === "J" ? formatSi(value, unit) : formatCount(value);
  const total = (parts: readonly number[]) => parts.reduce((sum, part) => sum + part, 0);
  return [{
    id: slug(`energy-${model}-${subject}`),
    title: `Energy by the model ${model}: ${subject}`,
    notes: ["A model of a chip, not a measurement: counts of a batch, each times its price."],
    plot: {
      alt: `Bars of energy in ${unit}: ${
        bars.map(({ method, parts }) => `${method} ${amount(total(parts))}`).join("; ")
      }.`,
      chart: barChart({
        label: `${unit} a batch`,
        format: amount,
        bars: bars.map(({ method, parts }) => ({
          group: "",
          label: method,
          parts: parts.map((value, i) => ({ style: { label: ENERGY_PARTS[i]!, color: seriesColor(i) }, value })),
          text: amount(total(parts)),
        })),
      }),
    },
    table: {
      caption: `Costs by the model ${model}: ${subject}`,
      columns: [
        { name: "method" },
        { name: "unit" },
        ...["operations", "assumed", "memory", "energy"].map((name) => ({ name, format: amount })),
        { name: "area", format: formatCount },
        { name: "unit of area" },
        { name: "latency", format: formatCount },
        { name: "unit of latency" },
      ],
      rows: costs.map(({ method, energy, area, latency }) => [
        ...[method, energy.unit, energy.operations, energy.assumed, energy.memory, energy.total],
        ...[area.value, area.unit, latency.value, latency.unit],
      ]),
    },
  }];
}

/** Energy: a figure for each cost model that knows it. */
function energy(report: OpsReport): Figure[] {
  const models = [...new Set(report.methods.flatMap(({ costs }) => costs.map(({ model }) => model)))];
  return models.flatMap((model) => energyBy(report, model));
}

/** The figures of each report of counts. */
export function opsFigures(sources: readonly Source[]): Figure[] {
  return sources.flatMap((source) => {
    if (source.kind !== "ops") return [];
    const { document } = source;
    return [...ratios(document), counts(document), traffic(document), ...energy(document)];
  });
}
