/**
 * From a finished run to its record in a report.
 *
 * @module
 */

import { priceWork } from "../count/cost.ts";
import { COST_MODELS } from "../count/cost_model.ts";
import { operationsPerImage, stepOperations } from "../count/operations.ts";
import type { Plan } from "../plan/plan.ts";
import type { RunConfig } from "../train/config.ts";
import { accuracyIn, measuredIn } from "../train/measured.ts";
import type { RunOutcome } from "../train/run.ts";
import { type Environment, type Report, reportSchema, type Result } from "./run.ts";

/** The cost model of a result's energy. */
const ENERGY_MODEL = "horowitz-45nm";

/** What a training image costs. */
function costsOf(
  plan: Plan,
  { method, batch, recipe, input, nesterov, smoothing, train }: RunConfig,
): Pick<Result, "operations" | "energy"> {
  const settings = { recipe, input, nesterov, smoothed: smoothing > 0, train };
  const { energy } = priceWork(COST_MODELS.get(ENERGY_MODEL)!, stepOperations(plan, method, batch, settings), 0);
  return {
    operations: operationsPerImage(plan, method, batch, settings),
    energy: { model: ENERGY_MODEL, joules: energy.operations! / batch },
  };
}

/** The record of a finished run. */
export function makeResult(plan: Plan, outcome: RunOutcome): Result {
  const { config, state, evaluation, bytes, weightsSha256, messages, averaged } = outcome;
  const { method, model, dataset, batch, seed } = config;
  return {
    method,
    model,
    dataset,
    batch,
    seed,
    images: state.images,
    ...accuracyIn(measuredIn(config), evaluation.accuracy),
    trainImagesPerSecond: state.images / state.seconds,
    inferenceImagesPerSecond: evaluation.count / evaluation.seconds,
    ...costsOf(plan, config),
    bytes: { ...bytes },
    weightsSha256,
    ...(messages && { messages }),
    ...(averaged && { averaged }),
    history: state.history,
  };
}

/** What a report says beside its results. */
export interface ReportContext {
  /** The command line, from `eoq` on. */
  readonly command: string;
  readonly environment: Environment;
  readonly config: Report["config"];
}

/** Puts a report together and holds it against its schema. */
export function makeReport(context: ReportContext, results: readonly Result[]): Report {
  return reportSchema.parse({ schemaVersion: 1, ...context, results });
}

/** The text of a report as files and `--json` have it. */
export function reportJson(report: Report): string {
  return JSON.stringify(report, null, 2) + "\n";
}
