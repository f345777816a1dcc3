/**
 * `eoq diff`: two reports held against each other.
 *
 * @module
 */

import { diff, outcomeOf } from "../metrics/diff.ts";
import { diffJson } from "../metrics/diff_json.ts";
import { readMeasurement } from "../metrics/report_file.ts";
import { baselinePath, toleranceOf } from "../cli/baseline.ts";
import type { Invocation } from "../cli/command.ts";
import { formatOf, printDocument, verdictTable } from "../cli/document.ts";
import { EXIT, type ExitCode } from "../cli/exit_codes.ts";

/** Runs `eoq diff`. */
export async function run(invocation: Invocation): Promise<ExitCode> {
  const { values, operands } = invocation;
  const format = formatOf(invocation);
  const [before, now] = operands.map(baselinePath) as [string, string];
  const baseline = await readMeasurement(before), measurement = await readMeasurement(now);
  const tolerance = toleranceOf(values);
  const found = diff(baseline, measurement, tolerance);
  await printDocument(format, { measurement, diff: found }, {
    saysVerdicts: ["table", "json"],
    table: () => verdictTable(found),
    json: () => diffJson({ file: before, measurement: baseline }, { file: now, measurement }, tolerance, found),
  });
  return EXIT[outcomeOf(found)];
}
