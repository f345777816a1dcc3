/**
 * Reasons to trust timings less.
 *
 * @module
 */

import type { Figure } from "../figure.ts";
import { shortPath, type Source } from "../../report/read.ts";

/** A table of what benchmarks warn of. */
export function warnings(sources: readonly Source[]): Figure[] {
  const rows = sources.flatMap((source) =>
    source.kind === "bench"
      ? source.document.warnings.map(({ kind, message, hint }) => [shortPath(source.file), kind, message, hint])
      : []
  );
  if (rows.length === 0) return [];
  return [{
    id: "warnings",
    title: "Warnings about the timings",
    notes: [],
    table: {
      caption: "What disturbed the timings, and what helps",
      columns: ["file", "kind", "what was seen", "what helps"].map((name) => ({ name })),
      rows,
    },
  }];
}
