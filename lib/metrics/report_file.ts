/**
 * A report of any kind, as its values.
 *
 * @module
 */

import { UserError } from "../errors.ts";
import { readSource, type Source } from "../report/read.ts";
import { benchMetrics } from "./bench.ts";
import { learnMetrics } from "./learn.ts";
import { type Measurement, measurementOf } from "./metric.ts";
import { opsMetrics } from "./ops.ts";
import { paperMetrics } from "./paper.ts";
import { scalingMetrics } from "./scaling.ts";
import { trainingMetrics } from "./training.ts";

function measure(source: Source): Measurement {
  switch (source.kind) {
    case "bench":
      return measurementOf(source.document, benchMetrics);
    case "runs":
      return measurementOf(source.document, trainingMetrics);
    case "learn":
      return measurementOf(source.document, learnMetrics);
    case "paper":
      return measurementOf(source.document, paperMetrics);
    case "scaling":
      return measurementOf(source.document, scalingMetrics);
    case "scale-plan":
      throw new UserError(`${source.file}: is a plan, and nothing of it was measured`);
    case "ops":
      return measurementOf({ ...source.document, environment: null }, opsMetrics);
  }
}

/** Reads a report. @throws {UserError} in one line that names the file and what is wrong with it. */
export async function readMeasurement(path: string): Promise<Measurement> {
  return measure(await readSource(path));
}
