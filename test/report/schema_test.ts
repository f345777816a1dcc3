import type { z } from "zod";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { makeReport, reportJson } from "../../lib/report/result.ts";
import {
  type Environment,
  type environmentSchema,
  type operationsSchema,
  type Report,
  reportSchema,
  type Result,
  type resultSchema,
} from "../../lib/report/run.ts";
import type { OperationCounts } from "../../lib/count/operations.ts";
import type { EoqRecipe } from "../../lib/exec/recipe.ts";
import type { Averaging, averagingSchema } from "../../lib/train/average.ts";
import type { RunConfig, runConfigSchema } from "../../lib/train/config.ts";
import type { recipeSchema } from "../../lib/train/recipe_schema.ts";
import type { EpochRecord, epochRecordSchema, TrainingState, trainingStateSchema } from "../../lib/train/state.ts";
import { sampleReport } from "./sample.ts";

Deno.test("report: its JSON is valid and comes back the same", () => {
  const { schemaVersion: _, results, ...context } = sampleReport;
  const report = makeReport(context, results);
  assertEquals(reportSchema.parse(JSON.parse(reportJson(report))), sampleReport);
});

Deno.test("report: what cannot be is refused", () => {
  const refuse = (path: string, edit: (report: z.infer<typeof reportSchema>) => unknown) => {
    const report = reportSchema.parse(structuredClone(sampleReport));
    edit(report);
    const parsed = reportSchema.safeParse(report);
    assert(!parsed.success, path);
    assertEquals(parsed.error.issues[0]?.path.join("."), path);
  };
  refuse("results.0.testAccuracy", (report) => report.results[0]!.testAccuracy = 98.3);
  refuse("results.0.trainImagesPerSecond", (report) => report.results[0]!.trainImagesPerSecond = NaN);
  refuse("results.0.weightsSha256", (report) => report.results[0]!.weightsSha256 = "abc");
  refuse("results", (report) => report.results = []);
  refuse("config.batch", (report) => report.config.batch = 0);
  refuse("", (report) => Object.assign(report, { more: 1 }));
  assertThrows(() => makeReport(sampleReport, []));
});

/** Keys that one of two types alone has. */
type Apart<A, B> = Exclude<keyof A, keyof B> | Exclude<keyof B, keyof A>;
type Same<A, Schema extends z.ZodType> = [Apart<A, z.infer<Schema>>] extends [never] ? true : Apart<A, z.infer<Schema>>;

Deno.test("report: public interfaces have the keys of their schemas; another key would not compile here", () => {
  const same: readonly [
    Same<Averaging, typeof averagingSchema>,
    Same<EoqRecipe, typeof recipeSchema>,
    Same<Environment, typeof environmentSchema>,
    Same<EpochRecord, typeof epochRecordSchema>,
    Same<OperationCounts, typeof operationsSchema>,
    Same<Report, typeof reportSchema>,
    Same<Result, typeof resultSchema>,
    Same<RunConfig, typeof runConfigSchema>,
    Same<TrainingState, typeof trainingStateSchema>,
  ] = [true, true, true, true, true, true, true, true, true];
  assert(same.every((each) => each));
});
