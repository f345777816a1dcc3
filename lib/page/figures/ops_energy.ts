/**
 * Energy by cost model of what `eoq ops` counted.
 *
 * @module
 */

import { formatCount, formatSi } from "../../terminal/format.ts";
import type { OpsReport } from "../../report/ops.ts";
import { barChart } from "../charts/bars.ts";
import { seriesColor } from "../charts/palette.ts";
import { type Figure, slug } from "../figure.ts";
import { subjectOf } from "../ops.ts";

const ENERGY_PARTS = ["operations", "operations, on assumed numbers", "memory"] as const;

function ofModel(report: OpsReport, model: string): Figure[] {
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

/** A figure of a report for each of its cost models that knows energy. */
export function opsEnergy(report: OpsReport): Figure[] {
  const models = [...new Set(report.methods.flatMap(({ costs }) => costs.map(({ model }) => model)))];
  return models.flatMap((model) => ofModel(report, model));
}
