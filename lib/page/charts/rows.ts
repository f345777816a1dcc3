/**
 * What charts with a row for each thing share: groups with a heading, and room
 * for the names.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { FONT_SIZE, textWidth } from "./chart.ts";
import { logTicks } from "./log_ticks.ts";
import { paletteColor } from "./palette.ts";

/** A row's place. */
export interface RowName {
  /** Rows of one group stand together below its name; no heading where it is empty. */
  readonly group: string;
  readonly label: string;
}

/** A line of the chart: a heading or a row. */
interface Slot {
  readonly key: string;
  readonly text: string;
  readonly heading: boolean;
}

/** Pixels of a row. */
const ROW = 22;

/** How much wider headings are than other text. */
const BOLD = 1.12;

/** The key of a row in the y scale. */
export function rowKey({ group, label }: RowName): string {
  return `${group}\n${label}`;
}

/** Headings and rows from top to bottom. */
function slots(names: readonly RowName[]): Slot[] {
  return [...Map.groupBy(names, ({ group }) => group)].flatMap(([group, rows]) => {
    const own = [...new Map(rows.map((row) => [rowKey(row), row.label]))].map(([key, text]) => ({
      key,
      text,
      heading: false,
    }));
    return group === "" ? own : [{ key: `heading\n${group}`, text: group, heading: true }, ...own];
  });
}

/** A text cut to so many pixels. */
function fit(text: string, pixels: number): string {
  if (textWidth(text) <= pixels) return text;
  let cut = [...text];
  while (cut.length > 3 && textWidth(cut.join("") + "…") > pixels) cut = cut.slice(0, -1);
  return `${cut.join("").trimEnd()}…`;
}

/** The frame of a chart of rows: options without the marks of its data, and marks that go below those. */
export function rowFrame(names: readonly RowName[], width: number, right: number) {
  const all = slots(names);
  const longest = Math.max(...all.filter(({ heading }) => !heading).map(({ text }) => textWidth(text)));
  const marginLeft = Math.min(Math.max(longest + 14, 40), width * 0.42);
  const texts = new Map(all.map(({ key, text, heading }) => [key, heading ? "" : fit(text, marginLeft - 12)]));
  const options: Plot.PlotOptions = {
    width,
    height: all.length * ROW + 28 + 44,
    marginLeft,
    marginRight: right,
    marginTop: 8,
    marginBottom: 44,
    style: { fontSize: `${FONT_SIZE}px` },
    y: { type: "band", domain: all.map(({ key }) => key), label: null, padding: 0.25 },
  };
  const marks: Plot.Markish[] = [
    Plot.axisY({
      tickSize: 0,
      tickFormat: (key: string) => texts.get(key)!,
      color: paletteColor("--ink"),
      label: null,
    }),
    Plot.text(all.filter(({ heading }) => heading), {
      y: "key",
      text: ({ text }: Slot) => fit(text, (width - 8) / BOLD),
      frameAnchor: "left",
      textAnchor: "start",
      dx: -marginLeft + 2,
      dy: 2,
      fontWeight: "600",
      fill: paletteColor("--ink"),
    }),
  ];
  return { options, marks };
}

/** An axis of values below the rows. */
export interface ValueAxis {
  readonly label: string;
  readonly format?: ((value: number) => string) | undefined;
  /** The ends of a logarithmic axis. */
  readonly log?: readonly [low: number, high: number] | undefined;
}

/** What an axis draws; a long name of it reaches to the left, under the names of the rows. */
export function valueAxis(width: number, { label, format, log }: ValueAxis): Plot.Markish[] {
  const isLong = textWidth(label) > width / 2;
  const count = Math.max(2, Math.floor(width / 130));
  const ticks = log === undefined ? count : logTicks(log, count + 2);
  return [
    Plot.gridX({ ticks, stroke: paletteColor("--rule"), strokeOpacity: 1 }),
    Plot.axisX({
      ticks,
      tickSize: 0,
      color: paletteColor("--muted"),
      label: fit(label, width - 32),
      labelArrow: "none",
      labelAnchor: isLong ? "right" : "center",
      labelOffset: 38,
      ...(format && { tickFormat: format }),
    }),
  ];
}
