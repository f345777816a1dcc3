/**
 * Series over a number: learning curves, batch sizes, depth.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { type Chart, FONT_SIZE, HOLLOW_DASH, type SeriesStyle } from "./chart.ts";
import { logTicks } from "./log_ticks.ts";
import { paletteColor } from "./palette.ts";

/** A line, from left to right. */
export interface Line {
  readonly style: SeriesStyle;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** Thin and without signs: there to be compared with. */
  readonly faint?: boolean;
}

/** An axis. */
export interface Axis {
  readonly label: string;
  /** Logarithmic to this base; linear where absent. */
  readonly log?: number;
  /** Whether it begins at 0, where it is linear. */
  readonly fromZero?: boolean;
  /** Values that have a tick; Plot chooses where absent. */
  readonly ticks?: readonly number[];
  readonly format?: (value: number) => string;
}

/** What {@linkcode lineChart} draws. */
export interface LineChart {
  readonly lines: readonly Line[];
  readonly x: Axis;
  readonly y: Axis;
  /** A horizontal line to hold the others against. */
  readonly reference?: number;
  /** Entries of the legend that are not lines of their own. */
  readonly legend?: readonly SeriesStyle[];
}

/** An area to draw in even where all values are one. */
function padded(values: readonly number[], { log, fromZero = false }: Axis): [number, number] {
  const [low, high] = [fromZero ? 0 : Math.min(...values), Math.max(...values)];
  if (log !== undefined) return low === high ? [low / 2, high * 2] : [low / 1.15, high * 1.15];
  const room = (high - low) * 0.05 || Math.abs(high) * 0.05 || 1;
  return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}

function scale(axis: Axis, values: readonly number[]) {
  return { ...(axis.log !== undefined && { type: "log" as const, base: axis.log }), domain: padded(values, axis) };
}

/** Ticks that are asked for, or about so many. */
function ticksOf({ ticks, log }: Axis, { domain }: ReturnType<typeof scale>, count: number): number[] | number {
  return ticks !== undefined ? [...ticks] : log !== undefined ? logTicks(domain, count) : count;
}

function marks({ style, points, faint = false }: Line): Plot.Markish[] {
  const { color, symbol = "circle", dash = "none", hollow = false } = style;
  const data = [...points];
  const line = Plot.line(data, {
    x: "x",
    y: "y",
    stroke: color,
    strokeWidth: faint ? 1.25 : 2.25,
    strokeOpacity: faint ? 0.55 : 1,
    strokeDasharray: hollow ? HOLLOW_DASH : dash,
  });
  if (faint || data.length > 40) return data.length > 1 ? [line] : [];
  const fill = hollow ? paletteColor("--ground") : color;
  return [line, Plot.dot(data, { x: "x", y: "y", symbol, fill, stroke: color, strokeWidth: 1.5, r: hollow ? 4 : 3.5 })];
}

/** Lines with a sign at each point, on a grid. */
export function lineChart({ lines, x, y, reference, legend = [] }: LineChart): Chart {
  const points = lines.flatMap((line) => line.points);
  const level = reference === undefined ? [] : [reference];
  const xScale = scale(x, points.map((point) => point.x));
  const yScale = scale(y, [...points.map((point) => point.y), ...level]);
  const yTicks = ticksOf(y, yScale, 7);
  const solid = lines.filter(({ faint }) => !faint).map(({ style }) => style);
  const styles = [...new Map([...solid, ...legend].map((style) => [style.label, style])).values()];
  return {
    legend: styles,
    options: (width) => ({
      width,
      height: Math.round(Math.min(380, Math.max(260, width * 0.5))),
      marginLeft: 58,
      marginRight: 16,
      marginTop: 28,
      marginBottom: 44,
      style: { fontSize: `${FONT_SIZE}px` },
      x: xScale,
      y: yScale,
      marks: [
        Plot.gridY({ ticks: yTicks, stroke: paletteColor("--rule"), strokeOpacity: 1 }),
        Plot.axisX({
          ticks: ticksOf(x, xScale, Math.max(3, Math.floor(width / 110))),
          tickSize: 4,
          color: paletteColor("--muted"),
          labelArrow: "none",
          labelAnchor: "center",
          labelOffset: 38,
          label: x.label,
          ...(x.format && { tickFormat: x.format }),
        }),
        Plot.axisY({
          ticks: yTicks,
          tickSize: 0,
          color: paletteColor("--muted"),
          label: y.label,
          labelArrow: "none",
          labelAnchor: "top",
          ...(y.format && { tickFormat: y.format }),
        }),
        ...level.map((value) => Plot.ruleY([value], { stroke: paletteColor("--muted"), strokeDasharray: "2 3" })),
        ...lines.filter(({ faint }) => faint).flatMap(marks),
        ...lines.filter(({ faint }) => !faint).flatMap(marks),
      ],
    }),
  };
}
