/**
 * How a command hands over its report.
 *
 * @module
 */

import type { Report } from "../report/run.ts";
import { reportJson } from "../report/result.ts";
import { shortDigest } from "../package/sha256.ts";
import { formatCourses } from "../report/course.ts";
import { formatTable } from "../report/table.ts";
import { outputWidth } from "../terminal/terminal.ts";
import { writeAtomically } from "../package/atomic_files.ts";

/**
 * A report as the table and two lines of what was measured and where.
 *
 * @param brief whether the costs of training, and how it went, are left out.
 */
export function reportText(report: Report, brief = false): string {
  const terminal = Deno.stdout.isTerminal();
  const width = outputWidth();
  const { model, dataset, trainImages, validationImages, epochs, images, batch, seed, seeds = [seed] } = report.config;
  const budget = epochs === null ? `${images} images of ${trainImages}` : `epochs ${epochs} x ${trainImages} images`;
  const { train, from } = report.config;
  const start = [
    ...train === undefined ? [] : [`trained: ${train}, the layers below frozen`],
    ...from === undefined ? [] : [`started from the weights ${shortDigest(from)}, momentum from 0`],
  ];
  const { cpu, threads, isa } = report.environment;
  const courses = terminal && !brief ? formatCourses(report.results, width) : [];
  return [
    formatTable(report.results, { width, color: terminal, brief }),
    ...(courses.length > 0 ? [...courses, ""] : []),
    `${model} on ${dataset}: ${budget}, batch ${batch}, seed ${seeds.join(", ")}`,
    ...(start.length > 0 ? [start.join("; ")] : []),
    ...(validationImages > 0
      ? [`accuracy is of the last ${validationImages} training images, held out; the test images are not used`]
      : []),
    ...(seeds.length > 1 ? ["means over the seeds, accuracy with its standard deviation and (n)"] : []),
    `${cpu}, threads ${threads}, ${isa.path}${brief ? "" : "; operations per training image"}`,
  ].join("\n");
}

/** Writes `results.json` into a folder. @throws {UserError} when it cannot. */
export async function writeReport(report: Report, folder: string): Promise<void> {
  await writeAtomically(`${folder}/results.json`, new TextEncoder().encode(reportJson(report)));
}
