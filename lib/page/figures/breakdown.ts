/**
 * Where the time of a training step goes, by layer and phase.
 *
 * @module
 */

import { type Breakdown, STEP_PHASES } from "../../report/bench.ts";
import { formatRate } from "../../terminal/format.ts";
import { barChart } from "../charts/bars.ts";
import type { SeriesStyle } from "../charts/chart.ts";
import { seriesColor } from "../charts/palette.ts";
import { type Figure, slug } from "../figure.ts";
import { shortPath, type Source } from "../../report/read.ts";

/** Phases, and what is in none. */
const PARTS = [...STEP_PHASES, "outside the kernels"] as const;

const STYLES: readonly SeriesStyle[] = PARTS.map((label, i) => ({ label, color: seriesColor(i) }));

const milliseconds = (value: number) => value.toFixed(3);

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** A measurement of no time can come out below 0; a bar cannot. */
function bar(group: string, label: string, values: readonly number[], scale: number, unit: string) {
  const parts = values.map((value, i) => ({ style: STYLES[i]!, value: Math.max(0, value) / scale }));
  return { group, label, parts, text: `${formatRate(sum(values) / scale)} ${unit}` };
}

/** Milliseconds of each part of the whole step. */
function totalsOf({ layers, outside }: Breakdown): number[] {
  return [...STEP_PHASES.map((phase) => sum(layers.map((layer) => layer.milliseconds[phase]))), outside];
}

function stepFigure(file: string, breakdowns: readonly Breakdown[]): Figure {
  const rows = breakdowns.map((each) => ({ ...each, totals: totalsOf(each) }));
  return {
    id: slug(`steps-${shortPath(file)}`),
    title: "Where a training step's time goes",
    notes: [`${shortPath(file)}. Microseconds for each image of the batch; medians over steps.`],
    plot: {
      alt: `Bars of the time of a training step for each image: ${
        rows.map(({ method, batch, totals }) =>
          `${method} batch ${batch} ${formatRate(1000 * sum(totals) / batch)} microseconds`
        ).join("; ")
      }.`,
      chart: barChart({
        label: "microseconds an image",
        bars: rows.map(({ method, batch, totals, isa, threads }) =>
          bar(`batch ${batch}, ${isa} x${threads}`, method, totals, batch / 1000, "µs")
        ),
      }),
    },
    table: {
      caption: "Milliseconds of a training step by phase",
      columns: [
        ...["method", "batch", "path", "threads"].map((name) => ({ name })),
        ...PARTS.map((name) => ({ name, format: milliseconds })),
      ],
      rows: rows.map(({ method, batch, isa, threads, totals }) => [method, batch, isa, threads, ...totals]),
    },
  };
}

function layerFigure(file: string, { method, batch, isa, threads, layers }: Breakdown): Figure {
  const slowest = layers.map(({ layer, milliseconds }) => ({ layer, time: sum(Object.values(milliseconds)) }))
    .reduce((worst, each) => each.time > worst.time ? each : worst);
  return {
    id: slug(`layers-${method}-${batch}-${isa}-${threads}-${shortPath(file)}`),
    title: `Training step by layer: ${method}, batch ${batch}`,
    notes: [`${shortPath(file)}; path ${isa}, threads ${threads}. What lies outside the kernels is not in it.`],
    plot: {
      alt: `Bars of milliseconds for each of ${layers.length} layers; ${slowest.layer} takes the most, ${
        milliseconds(slowest.time)
      }.`,
      chart: barChart({
        label: "milliseconds a step",
        bars: layers.map(({ layer, milliseconds }) =>
          bar("", layer, STEP_PHASES.map((phase) => milliseconds[phase]), 1, "ms")
        ),
      }),
    },
    table: {
      caption: `Milliseconds of a step of ${method} by layer and phase`,
      columns: [{ name: "layer" }, ...STEP_PHASES.map((name) => ({ name, format: milliseconds }))],
      rows: layers.map(({ layer, milliseconds }) => [layer, ...STEP_PHASES.map((phase) => milliseconds[phase])]),
    },
  };
}

/** Steps of each file, then the layers of each step. */
export function breakdowns(sources: readonly Source[]): Figure[] {
  return sources.flatMap((source) => {
    if (source.kind !== "bench" || source.document.breakdowns.length === 0) return [];
    const { file, document } = source;
    return [
      stepFigure(file, document.breakdowns),
      ...document.breakdowns.filter(({ layers }) => layers.length > 0).map((each) => layerFigure(file, each)),
    ];
  });
}
