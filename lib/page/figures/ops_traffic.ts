/**
 * Bytes that a network moves, as `eoq ops` counted them.
 *
 * @module
 */

import { TENSORS } from "../../count/work.ts";
import { formatCount } from "../../terminal/format.ts";
import type { MethodOps, OpsReport } from "../../report/ops.ts";
import { barChart } from "../charts/bars.ts";
import { seriesColor } from "../charts/palette.ts";
import { type Figure, slug } from "../figure.ts";
import { subjectOf } from "../ops.ts";

/** The figure of a report. */
export function opsTraffic(report: OpsReport): Figure {
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
        label: "bytes a batch",
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
