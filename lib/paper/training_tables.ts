/**
 * Tables of experiments that train.
 *
 * @module
 */

import { formatDuration, formatPercent, formatRate } from "../terminal/format.ts";
import { accuracyOf } from "../train/measured.ts";
import type { Standing } from "./grid.ts";
import type { TrainingResult } from "../report/paper.ts";
import { type Grade, type Publication, PUBLISHED_ROWS } from "./published.ts";
import { NONE, type Section } from "../terminal/section.ts";
import type { Trained, TrainingDesign } from "./training_design.ts";

/** Accuracy in percent: one seed's, or mean +- deviation over n; what failed is named. */
function formatOurs({ summary: { n, mean, deviation }, failures }: Trained): string {
  const failed = failures === 0 ? "" : failures === 1 ? "failed" : `${failures} failed`;
  if (n === 0) return failed || NONE;
  const scatter = deviation === null ? "" : ` +- ${deviation.toFixed(2)} (${n})`;
  return `${mean.toFixed(2)}${scatter}${failed && `, ${failed}`}`;
}

/** What grades a source, in words. */
const GRADES: Readonly<Record<Grade, string>> = {
  source: "read in the source",
  abstract: "read in its abstract",
  measured: "measured from what it published",
};

function sourceNotes(publications: readonly Publication[]): string[] {
  const each = publications.map(({ name, source, grade }) => `${name}: ${source} (${GRADES[grade]}).`);
  return [...new Set(each)];
}

/** Ours row by row, each with the published numbers below it where there are any, a source a row. */
function accuracySection(design: TrainingDesign, trained: readonly Trained[]): Section {
  const columns = [...new Set(design.places.map(({ column }) => column))];
  const rows = [...new Set(design.places.map(({ row }) => row))].flatMap((row) => {
    const at = columns.map((column) => trained.find(({ place }) => place.row === row && place.column === column));
    const inPrint = at.map((each) => each?.place.published ?? []);
    const names = [...new Set(inPrint.flat().map(({ name }) => name))];
    return [
      [row, ...at.map((each) => each === undefined ? NONE : formatOurs(each))],
      ...names.map((name) => [
        `  ${name}`,
        ...inPrint.map((each) => each.find((published) => published.name === name)?.value.toFixed(2) ?? NONE),
      ]),
    ];
  });
  return {
    title: design.title,
    columns: [design.across, ...columns],
    words: 1,
    rows,
    notes: [
      "Test accuracy in percent at the end of training; +- is the standard deviation over (n) seeds.",
      ...design.notes,
      ...sourceNotes(trained.flatMap(({ place }) => place.published)),
    ],
  };
}

/** All that is in print, whatever was trained here. */
function publishedSection(): Section {
  const models = [...new Set(PUBLISHED_ROWS.flatMap(({ accuracies }) => Object.keys(accuracies)))]
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return {
    title: "Published test accuracy on CIFAR-10",
    columns: ["source", "beside", "batch", ...models],
    words: 2,
    rows: PUBLISHED_ROWS.map(({ name, method, batch, accuracies }) => [
      ...[name, method, `${batch}`],
      ...models.map((model) => accuracies[model]?.toFixed(2) ?? NONE),
    ]),
    notes: sourceNotes(PUBLISHED_ROWS),
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
  return [accuracySection(design, trained), ...(design.withPublished ? [publishedSection()] : []), {
    title: "Cells",
    columns: ["cell", "status", "accuracy", "images", "images/s", "time", "path"],
    words: 2,
    rows: standings.map(cellRow),
    notes: ["Rates and times are of training steps alone."],
  }];
}
