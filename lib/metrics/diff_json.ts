/**
 * A comparison as JSON, version 1.
 *
 * @module
 */

import type { Environment } from "../report/run.ts";
import { type Diff, outcomeOf, type Tolerance } from "./diff.ts";
import type { Measurement } from "./metric.ts";

/** One side of a comparison. */
export interface Side {
  readonly file: string;
  readonly measurement: Measurement;
}

function sideJson({ file, measurement }: Side): { file: string; command: string; environment: Environment | null } {
  return { file, command: measurement.command, environment: measurement.environment };
}

/** The comparison with what was held against what, and what it comes to. */
export function diffJson(baseline: Side, now: Side, tolerance: Tolerance, diff: Diff): string {
  const { maxRegression, minAccuracy = null, force } = tolerance;
  return JSON.stringify(
    {
      schemaVersion: 1,
      baseline: sideJson(baseline),
      report: sideJson(now),
      maxRegression,
      minAccuracy,
      force,
      outcome: outcomeOf(diff),
      changes: diff.changes.map(({ metric, baseline, ratio, verdict }) => {
        const { name, measure, unit, conditions, value } = metric;
        return { name, measure, unit, conditions, verdict, baseline, value, ratio };
      }),
      differences: diff.differences,
    },
    null,
    2,
  );
}
