/**
 * The formats by name, and which of them say what a baseline comes to.
 *
 * @module
 */

import { bmf } from "./bmf.ts";
import { csv } from "./csv.ts";
import type { Export } from "./export.ts";
import { githubActionBenchmark } from "./github_action_benchmark.ts";
import { googleBenchmark } from "./google_benchmark.ts";
import { junit } from "./junit.ts";
import { markdown } from "./markdown.ts";
import type { ExportFormat } from "./names.ts";

/** A document in each format, without the line's end behind it. */
export const EXPORTERS: Readonly<Record<ExportFormat, (document: Export) => string>> = {
  markdown,
  csv,
  "github-action-benchmark": githubActionBenchmark,
  bmf,
  "google-benchmark": googleBenchmark,
  junit,
};

/** Formats that have room for verdicts; the others are values alone. */
export const WITH_VERDICTS: ReadonlySet<string> = new Set<ExportFormat>(["markdown", "csv", "junit"]);
