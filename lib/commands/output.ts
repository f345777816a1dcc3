/**
 * How a command hands over its report.
 *
 * @module
 */

import type { Report } from "../report/schema.ts";
import { reportJson } from "../report/result.ts";
import { formatCourses } from "../report/course.ts";
import { formatTable } from "../report/table.ts";
import { outputWidth } from "../report/terminal.ts";
import { writeAtomically } from "../train/files.ts";

/** Prints a report: as JSON, or as the table and two lines of what was measured and where. */
export function printReport(report: Report, json: boolean): void {
  if (json) return console.log(reportJson(report).trimEnd());
  const terminal = Deno.stdout.isTerminal();
  const width = outputWidth();
  const { model, dataset, trainImages, epochs, images, batch, seed } = report.config;
  const budget = epochs === null ? `${images} images of ${trainImages}` : `epochs ${epochs} x ${trainImages} images`;
  const { cpu, threads, isa } = report.environment;
  console.log(formatTable(report.results, { width, color: terminal }));
  const courses = terminal ? formatCourses(report.results, width) : [];
  if (courses.length > 0) console.log(`${courses.join("\n")}\n`);
  console.log(`${model} on ${dataset}: ${budget}, batch ${batch}, seed ${seed}`);
  console.log(`${cpu}, threads ${threads}, ${isa.path}; operations are those of one training image`);
}

/** Writes `results.json` into a folder. @throws {UserError} when it cannot. */
export async function writeReport(report: Report, folder: string): Promise<void> {
  await writeAtomically(`${folder}/results.json`, new TextEncoder().encode(reportJson(report)));
}
