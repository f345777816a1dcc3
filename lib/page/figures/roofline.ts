/**
 * Steps below the roof that the machine's peaks and its memory make
 * (Williams, Waterman and Patterson, CACM 2009).
 *
 * @module
 */

import type { BoundRow } from "../../report/bench.ts";
import { formatRate } from "../../terminal/format.ts";
import { lineChart } from "../charts/lines.ts";
import { paletteColor } from "../charts/palette.ts";
import { stylesOf } from "../charts/series.ts";
import { type Figure, slug } from "../figure.ts";
import { shortPath, type Source } from "../../report/read.ts";

/**
 * Where a step stands. Both axes are shares, so that int8 and fp32 have one
 * roof: the ridge lies at an intensity of 1, the peak at a rate of 1.
 */
function pointOf({ computeMilliseconds, memoryMilliseconds, measuredMilliseconds }: BoundRow) {
  return { x: computeMilliseconds / memoryMilliseconds, y: computeMilliseconds / measuredMilliseconds };
}

function figure({ file, document }: Extract<Source, { kind: "bench" }>): Figure[] {
  const rows = document.bounds.filter((row) => row.memoryMilliseconds > 0 && row.computeMilliseconds > 0);
  if (rows.length === 0) return [];
  const labelOf = ({ method, phase, batch }: BoundRow) => `${method}, ${phase} batch ${batch}`;
  const styles = stylesOf(rows.map(labelOf));
  const points = rows.map((row) => ({ row, label: labelOf(row), ...pointOf(row) }));
  const xs = points.map(({ x }) => x);
  const [low, high] = [Math.min(0.5, ...xs), Math.max(2, ...xs)];
  const roof = [low, 1, high].map((x) => ({ x, y: Math.min(1, x) }));
  const share = (value: number) => `${Number((100 * value).toPrecision(2))} %`;
  return [{
    id: slug(`roofline-${shortPath(file)}`),
    title: "Roofline",
    notes: [
      `${shortPath(file)}. What the operations take at the peak that was measured, over what the step took, against ` +
      "the operations for each byte. Left of the ridge memory is what bounds a step, right of it arithmetic; the roof is what the machine allows; a step whose bytes stay in the caches can pass its left side.",
    ],
    plot: {
      alt: `Steps below the roofline: ${
        points.map(({ label, row, y }) =>
          `${label} reaches ${share(y)} of the peak, ${
            share(row.boundMilliseconds / row.measuredMilliseconds)
          } of what its bound allows`
        ).join("; ")
      }.`,
      chart: lineChart({
        lines: [
          { style: { label: "roof", color: paletteColor("--muted") }, points: roof, faint: true },
          ...points.map(({ label, x, y }) => ({ style: styles.get(label)!, points: [{ x, y }] })),
        ],
        x: { label: "operations a byte, the ridge = 1", log: 10, format: formatRate },
        y: { label: "share of the compute peak", log: 10, format: share },
      }),
    },
    table: {
      caption: "Steps beside what the roofline of the machine allows, in milliseconds",
      columns: [
        ...["method", "phase", "batch", "path", "threads"].map((name) => ({ name })),
        ...["operations at the peak", "bytes at the bandwidth", "bound", "measured"].map((name) => ({
          name,
          format: (value: number) => value.toFixed(3),
        })),
        { name: "of the bound", format: share },
      ],
      rows: rows.map((row) => [
        ...[row.method, row.phase, row.batch, row.isa, row.threads],
        ...[row.computeMilliseconds, row.memoryMilliseconds, row.boundMilliseconds, row.measuredMilliseconds],
        row.boundMilliseconds / row.measuredMilliseconds,
      ]),
    },
  }];
}

/** A figure for each file of `eoq bench step`. */
export function roofline(sources: readonly Source[]): Figure[] {
  return sources.flatMap((source) => source.kind === "bench" ? figure(source) : []);
}
