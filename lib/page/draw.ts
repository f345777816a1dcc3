/**
 * Charts as SVG, drawn without a browser.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { type Chart, FONT_SIZE, HOLLOW_DASH, type SeriesStyle, textWidth } from "./charts/chart.ts";
import { paletteColor } from "./charts/palette.ts";
import { escapeHtml, legalXml } from "../terminal/escape.ts";

/** A document that elements are made in; linkedom types it as a browser's window, which Deno has none of. */
const { document } = parseHTML("<!DOCTYPE html><html></html>") as unknown as Required<
  Pick<Plot.PlotOptions, "document">
>;

/** How wide a sign of the legend is, with the room behind it; the space between entries; a line of them. */
const SIGN = 26;
const GAP = 16;
const LINE = 20;

/** Room around a picture that stands alone. */
const MARGIN = 16;

/** An entry of the legend with its place. */
interface Placed {
  readonly style: SeriesStyle;
  readonly x: number;
  readonly y: number;
}

/** Entries from left to right, line by line. */
function placeLegend(legend: readonly SeriesStyle[], width: number): Placed[] {
  const placed: Placed[] = [];
  let [x, y] = [0, 0];
  for (const style of legend) {
    const needed = SIGN + textWidth(style.label);
    if (x > 0 && x + needed > width) [x, y] = [0, y + LINE];
    placed.push({ style, x, y });
    x += needed + GAP;
  }
  return placed;
}

function legendEntry({ style, x, y }: Placed): string {
  const { color, symbol, dash, hollow = false, label } = style;
  const middle = y + LINE / 2;
  const line = dash === undefined
    ? ""
    : `<line x1="${x}" x2="${
      x + 20
    }" y1="${middle}" y2="${middle}" stroke="${color}" stroke-width="2" stroke-dasharray="${
      hollow ? HOLLOW_DASH : dash
    }"/>`;
  const sign = symbol === undefined
    ? `<rect x="${x}" y="${middle - 6}" width="16" height="12" rx="2" fill="${color}"/>`
    : line + symbolPath(style, x + 10, middle);
  return `${sign}<text x="${x + SIGN}" y="${middle}" dy="0.35em">${escapeHtml(label)}</text>`;
}

/** The sign of a series as the plot has it. */
function symbolPath({ symbol, color, hollow = false }: SeriesStyle, x: number, y: number): string {
  const svg = Plot.plot({
    document,
    axis: null,
    width: 20,
    height: 20,
    margin: 0,
    marks: [
      Plot.dot([0], {
        x: () => 10,
        y: () => 10,
        frameAnchor: "middle",
        symbol: symbol!,
        r: 4,
        fill: hollow ? paletteColor("--ground") : color,
        stroke: color,
        strokeWidth: 1.5,
      }),
    ],
    x: { type: "identity" },
    y: { type: "identity" },
  });
  return `<g transform="translate(${x - 10},${y - 10})">${svg.querySelector("g")!.outerHTML}</g>`;
}

/** What {@linkcode drawChart} puts around a chart. */
export interface DrawOptions {
  /** Pixels. */
  readonly width: number;
  /** What someone who cannot see it must know. */
  readonly alt: string;
  /** A heading inside the picture, for one that stands alone. */
  readonly title?: string;
}

/** Draws a chart with its legend as one SVG element, in colours of the palette. */
export function drawChart({ legend, options }: Chart, { width, alt, title }: DrawOptions): string {
  const plot = Plot.plot({ ...options(width), document, className: "plot" });
  const height = Number(plot.getAttribute("height"));
  const entries = placeLegend(legend, width);
  const heading = title === undefined ? 0 : 30;
  const above = heading + (entries.length === 0 ? 0 : entries.at(-1)!.y + LINE + 6);
  plot.setAttribute("y", String(above));
  plot.setAttribute("overflow", "visible");
  const margin = title === undefined ? 0 : MARGIN;
  const [outerWidth, outerHeight] = [width + 2 * margin, above + height + 2 * margin];
  const box = `width="${outerWidth}" height="${outerHeight}"`;
  const frame = `viewBox="${-margin} ${-margin} ${outerWidth} ${outerHeight}" ${box}`;
  const ink = paletteColor("--ink");
  const font = `font-family="system-ui, sans-serif" font-size="${FONT_SIZE}" fill="${ink}" color="${ink}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escapeHtml(alt)}" ${frame} ${font}>`,
    title === undefined ? "" : `<rect x="${-margin}" y="${-margin}" ${box} fill="${paletteColor("--ground")}"/>`,
    title === undefined ? "" : `<text y="18" font-size="16" font-weight="600">${escapeHtml(title)}</text>`,
    `<g transform="translate(0,${heading})">${entries.map(legendEntry).join("")}</g>`,
    legalXml(plot.outerHTML.replace(/<style>.*?<\/style>/s, "")),
    "</svg>",
  ].join("");
}
