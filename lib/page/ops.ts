/**
 * The counts of `eoq ops` among the files.
 *
 * @module
 */

import type { OpsReport } from "../report/ops.ts";
import type { Source } from "../report/read.ts";

/** All reports of counts. */
export function opsReports(sources: readonly Source[]): OpsReport[] {
  return sources.flatMap((source) => source.kind === "ops" ? [source.document] : []);
}

/** What was counted, in words. */
export function subjectOf({ model, input: { height, width, channels }, batch, phase }: OpsReport): string {
  return `${model}, ${height}x${width}x${channels}, batch ${batch}, ${phase}`;
}
