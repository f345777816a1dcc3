/**
 * A row for each thing and a sign for each value: rates, accuracies, ratios.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { type Chart, type SeriesStyle, textWidth } from "./chart.ts";
import { paletteColor } from "./palette.ts";
import { rowFrame, rowKey, type RowName, valueAxis } from "./rows.ts";

/** A value in a row. */
export interface Dot extends RowName {
  readonly style: SeriesStyle;
  readonly value: number;
  /** The ends of the line that shows how sure it is. */
  readonly interval?: readonly [low: number, high: number];
  /** Text beside it. */
  readonly text?: string;
}

/** What {@linkcode dotChart} draws. */
export interface DotChart {
  readonly dots: readonly Dot[];
  readonly label: string;
  readonly log?: boolean;
  /** Whether the axis begins at 0, where it is linear. */
  readonly fromZero?: boolean;
  readonly format?: (value: number) => string;
  /** A vertical line to hold the dots against. */
  readonly reference?: number;
}

function domain({ dots, log = false, fromZero = false, reference }: DotChart): [number, number] {
  const values = dots.flatMap(({ value, interval = [value, value] }) => [value, ...interval]);
  const all = [...values, ...(reference === undefined ? [] : [reference])];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  if (log) return [low / 1.3, high * 1.3];
  const room = (high - low) * 0.05 || Math.abs(high) * 0.05 || 1;
  return [fromZero ? 0 : low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}

/** Dots by row; the legend has each series once. */
export function dotChart(chart: DotChart): Chart {
  const { dots, label, log = false, format, reference } = chart;
  const legend = [...new Map(dots.map(({ style: { dash: _, ...style } }) => [style.label, style])).values()];
  const longest = Math.max(0, ...dots.map(({ text = "" }) => textWidth(text)));
  const data = dots.map((dot) => {
    const [low, high] = dot.interval ?? [dot.value, dot.value];
    return { ...dot, key: rowKey(dot), low, high };
  });
  const ends = domain(chart);
  type Row = typeof data[number];
  return {
    legend: legend.length > 1 ? legend : [],
    options(width) {
      const { options, marks } = rowFrame(dots, width, Math.max(16, longest + 12));
      return {
        ...options,
        x: { ...(log && { type: "log" as const }), domain: ends },
        symbol: { type: "identity" as never },
        marks: [
          ...valueAxis(width, { label, format, log: log ? ends : undefined }),
          ...(reference === undefined
            ? []
            : [Plot.ruleX([reference], { stroke: paletteColor("--muted"), strokeDasharray: "3 3" })]),
          ...marks,
          Plot.ruleY(data.filter(({ low, high }) => high > low), {
            y: "key",
            x1: "low",
            x2: "high",
            stroke: ({ style }: Row) => style.color,
            strokeWidth: 1.5,
            strokeOpacity: 0.7,
          }),
          ...data.map(({ key, value, style }) =>
            Plot.dot([{ key, value }], {
              x: "value",
              y: "key",
              r: 4.5,
              symbol: style.symbol ?? "circle",
              fill: style.hollow ? paletteColor("--ground") : style.color,
              stroke: style.color,
              strokeWidth: 1.75,
            })
          ),
          Plot.text(data, {
            x: "high",
            y: "key",
            text: ({ text }: Row) => text ?? "",
            textAnchor: "start",
            dx: 9,
            fill: paletteColor("--ink"),
          }),
        ],
      };
    },
  };
}
