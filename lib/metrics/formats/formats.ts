/**
 * The formats in which a report can be had, and what loads each, so that the
 * help, which lists them, loads none.
 *
 * @module
 */

import type { Export } from "./export.ts";

/** A format of other programs, which is made out of values alone. */
interface Exporter {
  /** Whether it has room for what a baseline comes to; the others are values alone. */
  readonly verdicts: boolean;
  /** Loads what writes a document in it, without the line's end behind it. */
  readonly load: () => Promise<(document: Export) => string>;
}

/** As `--format` names them, in the order of the help. */
export const EXPORTERS = {
  markdown: { verdicts: true, load: async () => (await import("./markdown.ts")).markdown },
  csv: { verdicts: true, load: async () => (await import("./csv.ts")).csv },
  "github-action-benchmark": {
    verdicts: false,
    load: async () => (await import("./trackers.ts")).githubActionBenchmark,
  },
  bmf: { verdicts: false, load: async () => (await import("./trackers.ts")).bmf },
  "google-benchmark": { verdicts: false, load: async () => (await import("./trackers.ts")).googleBenchmark },
  junit: { verdicts: true, load: async () => (await import("./junit.ts")).junit },
} as const satisfies Record<string, Exporter>;

/** A format: one of other programs, or one of the two that are a command's own. */
export type Format = "table" | "json" | keyof typeof EXPORTERS;

/** All formats. */
export const FORMATS: readonly Format[] = ["table", "json", ...Object.keys(EXPORTERS) as (keyof typeof EXPORTERS)[]];
