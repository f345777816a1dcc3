/**
 * The formats in which a report can be had; a file of its own, so that the
 * help loads no more.
 *
 * @module
 */

/** As `--format` names them. */
export const FORMATS = [
  "table",
  "json",
  "markdown",
  "csv",
  "github-action-benchmark",
  "bmf",
  "google-benchmark",
  "junit",
] as const;

/** One of them. */
export type Format = typeof FORMATS[number];

/** Formats of other programs, which are made out of values alone. */
export type ExportFormat = Exclude<Format, "table" | "json">;
