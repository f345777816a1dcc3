/**
 * Tables of experiments that train.
 *
 * @module
 */

import { formatDuration, formatPercent, formatRate } from "../report/format.ts";
import { accuracyOf } from "../train/measured.ts";
import type { Standing } from "./cell.ts";
import type { TrainingResult } from "./schema.ts";
import { NONE, type Section } from "./section.ts";
import type { Trained, TrainingDesign } from "./training.ts";

/** Accuracy in percent: one seed's, or mean +- deviation over n; what failed is named. */
function formatOurs({ summary: { n, mean, deviation }, failures }: Trained): string {
  const failed = failures === 0 ? "" : failures === 1 ? "failed" : `${failures} failed`;
  if (n === 0) return failed || NONE;
  const scatter = deviation === null ? "" : ` +- ${deviation.toFixed(2)} (${n})`;
  return `${mean.toFixed(2)}${scatter}${failed && `, ${failed}`}`;
}

/** Ours row by row, each with the published numbers below it where there are any. */
function accuracySection(design: TrainingDesign, trained: readonly Trained[]): Section {
  const columns = [...new Set(design.places.map(({ column }) => column))];
  const rows = [...new Set(design.places.map(({ row }) => row))].flatMap((row) => {
    const at = columns.map((column) => trained.find(({ place }) => place.row === row && place.column === column));
    const ours = [row, ...at.map((each) => each === undefined ? NONE : formatOurs(each))];
    const published = at.map((each) => each?.place.published?.value.toFixed(2) ?? NONE);
    return published.every((value) => value === NONE) ? [ours] : [ours, ["  published", ...published]];
  });
  const sources = [...new Set(trained.flatMap(({ place }) => place.published?.source ?? []))];
  return {
    title: design.title,
    columns: [design.across, ...columns],
    words: 1,
    rows,
    notes: [
      "Test accuracy in percent at the end of training; +- is the standard deviation over (n) seeds.",
      ...design.notes,
      ...sources.map((source) => `Published: ${source}.`),
    ],
  };
}

function cellRow({ cell, outcome }: Standing<TrainingResult>): string[] {
  if (outcome.status !== "finished") {
    return [cell.name, outcome.status, NONE, NONE, NONE, NONE, "message" in outcome ? outcome.message : ""];
  }
  const { results, environment } = outcome.result;
  const { images, trainImagesPerSecond } = results[0]!;
  return [
    cell.name,
    "done",
    formatPercent(accuracyOf(results[0]!)!),
    images.toLocaleString("en-US"),
    formatRate(trainImagesPerSecond),
    formatDuration(Math.round(images / trainImagesPerSecond)),
    `${environment.isa.path}, threads ${environment.threads}`,
  ];
}

/** The table of a design, and its cells one by one. */
export function trainingSections(
  design: TrainingDesign,
  trained: readonly Trained[],
  standings: readonly Standing<TrainingResult>[],
): Section[] {
  return [accuracySection(design, trained), {
    title: "Cells",
    columns: ["cell", "status", "accuracy", "images", "images/s", "time", "path"],
    words: 2,
    rows: standings.map(cellRow),
    notes: ["Rates and times are of training steps alone."],
  }];
}
