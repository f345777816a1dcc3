/**
 * Predictions as rows: of a table, of comma-separated values, or of JSON, an
 * object a line. Each is complete as soon as its image is.
 *
 * @module
 */

import type { Prediction } from "../../model/prediction.ts";
import { type CsvCell, formatCsv } from "../../terminal/csv.ts";
import { visible } from "../../terminal/escape.ts";
import { formatPercent } from "../../terminal/format.ts";

/** How rows are written. */
export interface RowWriter {
  /** What stands above the first row; empty where nothing does. */
  readonly header: string;
  readonly row: (path: string, prediction: Prediction) => string;
}

/** A class with its probability. */
interface Likely {
  readonly name: string;
  readonly probability: number;
}

/** The most likely classes, the likeliest first; of equally likely ones, those with the lower label. */
export function likeliest({ probabilities }: Prediction, classes: readonly string[], top: number): Likely[] {
  return probabilities.map((probability, label) => ({ probability, label }))
    .sort((a, b) => b.probability - a.probability || a.label - b.label)
    .slice(0, top).map(({ probability, label }) => ({ name: classes[label]!, probability }));
}

/** Columns of a name in the table: longer ones lose their end there. */
const MOST_OF_NAME = 20;

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 3)}...`;
}

/** The end of a path, which tells files apart. */
function endOf(path: string, width: number): string {
  return path.length <= width ? path : `...${path.slice(3 - width)}`;
}

/** Two columns a class, and the path last: its width is not known before all images are. */
function tableWriter(classes: readonly string[], top: number, width: number): RowWriter {
  const name = Math.max("class".length, ...classes.map((each) => Math.min(visible(each).length, MOST_OF_NAME)));
  const whole = name + 2 + "100.00 %".length + 2;
  // As many classes as leave room for a path.
  const leastPath = 12, fitting = Math.max(1, Math.min(top, Math.floor((width - leastPath) / whole)));
  const cells = (texts: readonly (readonly [string, string])[], path: string) =>
    texts.map(([left, right]) => `${cut(left, name).padEnd(name)}  ${right.padStart(8)}  `).join("") +
    endOf(path, Math.max(leastPath, width - fitting * whole));
  return {
    header: cells(Array.from({ length: fitting }, () => ["class", "likely"] as const), "image"),
    row: (path, prediction) =>
      cells(
        likeliest(prediction, classes, fitting).map(({ name, probability }) => [
          visible(name),
          formatPercent(probability),
        ]),
        visible(path),
      ),
  };
}

function csvWriter(classes: readonly string[], top: number): RowWriter {
  const line = (cells: CsvCell[]) => formatCsv([cells]).trimEnd();
  return {
    header: line([
      "image",
      ...Array.from({ length: top }, (_, i) => [`class ${i + 1}`, `probability ${i + 1}`]).flat(),
    ]),
    row: (path, prediction) =>
      line([path, ...likeliest(prediction, classes, top).flatMap(({ name, probability }) => [name, probability])]),
  };
}

function jsonWriter(classes: readonly string[], top: number): RowWriter {
  return {
    header: "",
    row: (image, prediction) => JSON.stringify({ image, top: likeliest(prediction, classes, top) }),
  };
}

/** What rows look like, and how many classes each names. */
export interface RowOptions {
  readonly format: "table" | "csv" | "json";
  readonly top: number;
  /** Columns that a table may have. */
  readonly width: number;
}

/** The writer of rows for a network's classes. */
export function rowWriter(classes: readonly string[], { format, top, width }: RowOptions): RowWriter {
  const most = Math.min(top, classes.length);
  if (format === "csv") return csvWriter(classes, most);
  return format === "json" ? jsonWriter(classes, most) : tableWriter(classes, most, width);
}
