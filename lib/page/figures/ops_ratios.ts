/**
 * How many times as much bn-fp32 takes, by what `eoq ops` counted.
 *
 * @module
 */

import type { OpsReport } from "../../report/ops.ts";
import { dotChart } from "../charts/dots.ts";
import { methodStyle } from "../charts/series.ts";
import { type Figure, slug } from "../figure.ts";
import { subjectOf } from "../ops.ts";

/** The figure of a report that has bn-fp32 in it. */
export function opsRatios(report: OpsReport): Figure[] {
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
