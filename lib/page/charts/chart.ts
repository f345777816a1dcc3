/**
 * A chart: what Plot is to draw at a width, and the legend above it.
 *
 * @module
 */

import type * as Plot from "@observablehq/plot";

/** The colour, sign and line of a series. */
export interface SeriesStyle {
  readonly label: string;
  /** A CSS colour; those of the page's palette follow light and dark. */
  readonly color: string;
  readonly symbol?: Plot.SymbolType & string;
  /** The dashes of its line, where it has one. */
  readonly dash?: string;
  /** Drawn as an outline. */
  readonly hollow?: boolean;
}

/** What can be drawn. */
export interface Chart {
  readonly legend: readonly SeriesStyle[];
  /** @param width pixels of the whole plot */
  readonly options: (width: number) => Plot.PlotOptions;
}

/** Pixels of text, an em. */
export const FONT_SIZE = 12;

/** How wide a character is, in ems: those of a wide sans-serif, since nobody knows the reader's. */
function characterWidth(character: string): number {
  if ("ijl.,:;'|!".includes(character)) return 0.32;
  if ("frt()[]/ -".includes(character)) return 0.4;
  return /[mwMW%@]/.test(character) ? 0.97 : 0.63;
}

/** Pixels that a text takes at the size of the axes, about. */
export function textWidth(text: string): number {
  return FONT_SIZE * [...text].reduce((sum, character) => sum + characterWidth(character), 0);
}

/** The dashes of a line that is drawn as an outline. */
export const HOLLOW_DASH = "3 4";
