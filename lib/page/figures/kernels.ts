/**
 * How fast the kernels are, by pass, layer and arithmetic.
 *
 * @module
 */

import { PHASES } from "../../report/bench.ts";
import { formatRate } from "../../terminal/format.ts";
import { dotChart } from "../charts/dots.ts";
import { stylesOf } from "../charts/series.ts";
import { type Figure, slug } from "../figure.ts";
import { bareShape } from "../rate.ts";
import { shortPath, type Source } from "../../report/read.ts";

type BenchSource = Extract<Source, { kind: "bench" }>;

function kernelFigure({ file, document }: BenchSource, phase: string): Figure[] {
  const rows = document.rows.filter((row) => row.phase === phase && row.unit === "GMAC/s");
  if (rows.length === 0) return [];
  const several = (key: "isa" | "threads") => new Set(rows.map((row) => row[key])).size > 1;
  const [isas, threads] = [several("isa"), several("threads")];
  const named = rows.map((row) => {
    const layer = bareShape(row);
    const series = `${row.subject} ${row.variant}${isas ? ` ${row.isa}` : ""}${threads ? ` x${row.threads}` : ""}`;
    return { row, layer, series };
  });
  const styles = stylesOf(named.map(({ series }) => series));
  const fastest = named.reduce((best, each) => each.row.median > best.row.median ? each : best);
  return [{
    id: slug(`kernels-${phase}-${shortPath(file)}`),
    title: `Throughput of convolutions by layer: ${phase}`,
    notes: [
      `${
        shortPath(file)
      }. Nominal multiply-adds per second, padding taps counted; medians with their 95 % intervals. Layers are named ` +
      "channels@height x width; GEMM rows are the matrix product of a layer.",
    ],
    plot: {
      alt: `Multiply-adds per second in thousands of millions, a row for each of ${
        new Set(named.map(({ layer }) => layer)).size
      } layers; the fastest is ${fastest.series} on ${fastest.layer} with ${formatRate(fastest.row.median)}.`,
      chart: dotChart({
        label: "GMAC/s",
        fromZero: true,
        dots: named.map(({ row, layer, series }) => ({
          ...{ group: "", label: layer, style: styles.get(series)!, value: row.median, interval: row.interval },
        })),
      }),
    },
    table: {
      caption: `Throughput of ${phase} by layer`,
      columns: [
        ...["layer", "subject", "path", "threads"].map((name) => ({ name })),
        { name: "GMAC/s", format: formatRate },
        { name: "from", format: formatRate },
        { name: "to", format: formatRate },
        { name: "% of peak", format: (value) => value.toFixed(0) },
      ],
      rows: named.map(({ row, layer, series }) => [
        ...[layer, series, row.isa, row.threads, row.median, ...row.interval, row.percentOfPeak],
      ]),
    },
  }];
}

/** A figure for each pass that a file of `eoq bench kernels` has. */
export function kernels(sources: readonly Source[]): Figure[] {
  return sources.flatMap((source) =>
    source.kind === "bench" ? PHASES.flatMap((phase) => kernelFigure(source, phase)) : []
  );
}
