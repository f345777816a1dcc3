/**
 * Tables of a report, for the terminal and for Markdown.
 *
 * @module
 */

import { alignColumns, alignWithin } from "./columns.ts";
import { visible } from "./escape.ts";
import { wrapLines } from "./wrap.ts";

/** A table with a title and what is to be said below it. */
export interface Section {
  readonly title: string;
  readonly columns: readonly string[];
  /** Columns, counted from the first, that hold words. */
  readonly words: number;
  readonly rows: readonly (readonly string[])[];
  readonly notes: readonly string[];
  /** Lines that only look well where all characters are of one width. */
  readonly plot?: readonly string[];
}

/** What stands for a number that there is not. */
export const NONE = "-";

/** Rows one below the other, a line for each of their cells: for tables whose columns do not fit side by side. */
function records(columns: readonly string[], rows: readonly (readonly string[])[], width: number): string[] {
  return rows.flatMap(([first = "", ...cells]) => [
    ...wrapLines(visible(first), width).split("\n"),
    ...alignColumns(cells.map((cell, i) => [`  ${columns[i + 1]}`, cell]), 2),
  ]);
}

/** A table in plain ASCII, no wider than `width` where its cells allow it. */
export function formatSection({ title, columns, words, rows, notes, plot = [] }: Section, width = Infinity): string {
  const aligned = alignWithin([columns, ...rows], words, width);
  const table = aligned.some((line) => line.length > width) ? records(columns, rows, width) : aligned;
  return [visible(title), ...table, ...plot, ...notes.map(visible)].join("\n") + "\n";
}

/** A text without elements of HTML, which Markdown would take for its own. */
function plain(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** The same in Markdown. */
export function markdownSection({ title, columns, words, rows, notes, plot = [] }: Section): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => plain(cell).replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  const rule = columns.map((_, i) => i < words ? "---" : "---:");
  return [
    `## ${plain(title)}`,
    "",
    line(columns),
    line(rule),
    ...rows.map(line),
    ...(plot.length > 0 ? ["", "```", ...plot, "```"] : []),
    ...notes.flatMap((note) => ["", plain(note)]),
  ].join("\n") + "\n";
}
