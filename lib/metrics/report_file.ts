/**
 * A report of any kind, as its values.
 *
 * @module
 */

import { UserError } from "../errors.ts";
import { readSource, type Source } from "../page/source.ts";
import { benchMetrics } from "./bench.ts";
import { type Measurement, measurementOf } from "./metric.ts";
import { paperMetrics } from "./paper.ts";
import { trainingMetrics } from "./training.ts";

/** @throws {UserError} for counts, which no machine measured. */
function measure(source: Source): Measurement {
  switch (source.kind) {
    case "bench":
      return measurementOf(source.document, benchMetrics);
    case "runs":
      return measurementOf(source.document, trainingMetrics);
    case "paper":
      return measurementOf(source.document, paperMetrics);
    case "ops":
      throw new UserError(`${source.file} holds counts of eoq ops, which follow from the command: nothing to judge`);
  }
}

/** Reads a report. @throws {UserError} in one line that names the file and what is wrong with it. */
export async function readMeasurement(path: string): Promise<Measurement> {
  return measure(await readSource(path));
}
