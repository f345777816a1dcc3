/**
 * A row for each thing and a bar of its parts: time, memory, energy.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { type Chart, type SeriesStyle, textWidth } from "./chart.ts";
import { paletteColor } from "./palette.ts";
import { rowFrame, rowKey, type RowName, valueAxis } from "./rows.ts";

/** A row with its parts from left to right. */
export interface Bar extends RowName {
  readonly parts: readonly { readonly style: SeriesStyle; readonly value: number }[];
  /** Text behind the bar. */
  readonly text?: string;
}

/** What {@linkcode barChart} draws. */
export interface BarChart {
  readonly bars: readonly Bar[];
  readonly label: string;
  readonly format?: (value: number) => string;
}

/** Stacked bars; the legend has each kind of part once. */
export function barChart({ bars, label, format }: BarChart): Chart {
  const segments = bars.flatMap((bar) => {
    let end = 0;
    return bar.parts.map(({ style, value }) => {
      const from = end;
      end += value;
      return { key: rowKey(bar), color: style.color, from, end };
    });
  });
  const totals = bars.map((bar) => ({
    key: rowKey(bar),
    total: bar.parts.reduce((sum, { value }) => sum + value, 0),
    text: bar.text ?? "",
  }));
  const styles = bars.flatMap(({ parts }) => parts.map(({ style }) => style));
  const legend = [...new Map(styles.map((style) => [style.label, style])).values()];
  const longest = Math.max(0, ...totals.map(({ text }) => textWidth(text)));
  return {
    legend: legend.length > 1 ? legend : [],
    options(width) {
      const { options, marks } = rowFrame(bars, width, Math.max(16, longest + 10));
      return {
        ...options,
        x: { domain: [0, Math.max(...totals.map(({ total }) => total), Number.MIN_VALUE)] },
        marks: [
          ...valueAxis(width, { label, format }),
          ...marks,
          Plot.barX(segments.filter(({ from, end }) => end > from), {
            y: "key",
            x1: "from",
            x2: "end",
            fill: "color",
            insetRight: 0.5,
          }),
          Plot.text(totals, {
            y: "key",
            x: "total",
            text: "text",
            textAnchor: "start",
            dx: 6,
            fill: paletteColor("--ink"),
          }),
        ],
      };
    },
  };
}
