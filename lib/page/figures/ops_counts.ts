/**
 * Operations by kind that `eoq ops` counted.
 *
 * @module
 */

import { OPERATION_KINDS } from "../../count/kinds.ts";
import { formatCount } from "../../terminal/format.ts";
import type { OpsReport } from "../../report/ops.ts";
import { dotChart } from "../charts/dots.ts";
import { methodStyle } from "../charts/series.ts";
import { type Figure, slug } from "../figure.ts";
import { subjectOf } from "../ops.ts";

/** The figure of a report. */
export function opsCounts(report: OpsReport): Figure {
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
        label: "operations a batch, logarithmic",
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
