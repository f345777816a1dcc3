import type { z } from "zod";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { makeReport, reportJson } from "../../lib/report/result.ts";
import { reportSchema } from "../../lib/report/run.ts";
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
