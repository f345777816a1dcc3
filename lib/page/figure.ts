/**
 * What the page is made of.
 *
 * @module
 */

import { type CsvCell, formatCsv } from "../terminal/csv.ts";
import type { Chart } from "./charts/chart.ts";

/** A cell; null where there is nothing to say. */
export type Cell = CsvCell;

/** A column of a table. */
export interface Column {
  readonly name: string;
  /** How its numbers read; as they are where it is absent. */
  readonly format?: (value: number) => string;
}

/** A table; its cells hold exact numbers. */
export interface Table {
  /** What is in it, in one sentence. */
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A plot with the table of its numbers, or a table alone. */
export interface Figure {
  /** Unique on the page, and good as the name of a file. */
  readonly id: string;
  readonly title: string;
  /** How to read it, and what to beware of. */
  readonly notes: readonly string[];
  readonly table: Table;
  /** A table alone is shown, that of a plot on demand. */
  readonly plot?: {
    /** What someone who cannot see it must know. */
    readonly alt: string;
    readonly chart: Chart;
  };
}

/** A part of the page. */
export interface Part {
  readonly id: string;
  readonly title: string;
  readonly figures: readonly Figure[];
}

/** The CSV file of a table: a line of names, then its rows, whose numbers are exact. */
export function tableCsv({ columns, rows }: Table): string {
  return formatCsv([columns.map(({ name }) => name), ...rows]);
}

/** Characters of an id: names of files may have 255, with what stands before and behind. */
const LONGEST = 100;

/** A text as an id: lower case, no two dashes in a row, no longer than a file's name may be. */
export function slug(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replace(/^-+/, "").slice(0, LONGEST).replace(/-+$/, "");
}
