/**
 * What becomes of accuracy when batches shrink.
 *
 * @module
 */

import { summarise } from "../../statistics/spread.ts";
import { capitalised, formatPercent } from "../../terminal/format.ts";
import { accuracyOf, measuredOf } from "../../train/measured.ts";
import { lineChart } from "../charts/lines.ts";
import type { Line } from "../charts/lines.ts";
import { stylesOf } from "../charts/series.ts";
import { type Figure, slug } from "../figure.ts";
import { labelsOf } from "../label.ts";
import { groupBy, type Run, type Task } from "../run.ts";
import type { Source } from "../../report/read.ts";

interface Point {
  readonly label: string;
  readonly batch: number;
  /** In percent. */
  readonly accuracy: number;
  readonly deviation: number | null;
  readonly n: number;
}

/** Runs with their names, which leave out the batch size. */
function named(runs: readonly Run[]) {
  const labels = labelsOf(runs, ["seed", "batch"]);
  return runs.map((run, i) => ({ run, label: labels[i]! }));
}

/** The runs that were repeated with another batch size. */
function repeated({ runs }: Task): Run[] {
  return groupBy(named(runs), ({ label }) => label)
    .filter((group) => new Set(group.map(({ run }) => run.config.batch)).size > 1)
    .flatMap((group) => group.map(({ run }) => run));
}

function pointsOf(runs: readonly Run[]): Point[] {
  return groupBy(named(runs), ({ run, label }) => `${label}\n${run.config.batch}`).map((group) => {
    const { mean, deviation, n } = summarise(group.map(({ run }) => 100 * accuracyOf(run.result)!));
    return { label: group[0]!.label, batch: group[0]!.run.config.batch, accuracy: mean, deviation, n };
  });
}

/** The published numbers of the same methods and batches. */
function publishedOf(sources: readonly Source[], points: readonly Point[]): Point[] {
  const comparisons = sources.flatMap((source) =>
    source.kind === "paper" && source.document.experiment === "small-batch" ? source.document.comparisons : []
  );
  const places = [...new Map(points.map((point) => [`${point.label}, ${point.batch}`, point])).entries()];
  return places.flatMap(([what, { label, batch }]) => {
    const published = comparisons.find((each) => each.what === what)?.published ?? null;
    return published === null
      ? []
      : [{ label: `${label}, published`, batch, accuracy: published, deviation: null, n: 1 }];
  });
}

/** The figure of a task, where some run was repeated with another batch size. */
export function smallBatch(task: Task, sources: readonly Source[]): Figure[] {
  const points = pointsOf(repeated(task));
  const measured = measuredOf(task.runs[0]!.result);
  if (points.length === 0) return [];
  const curves = groupBy(points, ({ label }) => label);
  const published = publishedOf(sources, points);
  const styles = stylesOf(points.map(({ label }) => label));
  const line = (curve: readonly Point[], hollow: boolean): Line => {
    const { label } = curve[0]!;
    const own = styles.get(label.replace(/, published$/, ""))!;
    return {
      style: { ...own, label, hollow },
      points: curve.map(({ batch, accuracy }) => ({ x: batch, y: accuracy })).sort((a, b) => a.x - b.x),
    };
  };
  const batches = [...new Set(points.map(({ batch }) => batch))].sort((a, b) => a - b);
  const rows = [...points, ...published].sort((a, b) => a.label.localeCompare(b.label) || a.batch - b.batch);
  return [{
    id: slug(`small-batch-${task.title}`),
    title: `Accuracy by batch size: ${task.title}`,
    notes: [
      "All train on the same number of images.",
      ...(published.length > 0 ? ["Published numbers are of the paper's network and budget, not of these."] : []),
    ],
    plot: {
      alt: `Lines of ${measured} accuracy in percent over batch size: ${
        rows.map(({ label, batch, accuracy }) => `${label} batch ${batch}: ${accuracy.toFixed(1)}`).join("; ")
      }.`,
      chart: lineChart({
        lines: [
          ...groupBy(published, ({ label }) => label).map((curve) => line(curve, true)),
          ...curves.map((curve) => line(curve, false)),
        ],
        x: { label: "batch size (images)", log: 2, ticks: batches, format: String },
        y: { label: `${measured} accuracy, %` },
      }),
    },
    table: {
      caption: `${capitalised(measured)} accuracy by batch size of ${task.title}`,
      columns: [
        { name: "run" },
        { name: "batch" },
        { name: `${measured} accuracy`, format: (value) => formatPercent(value / 100) },
        { name: "standard deviation", format: (value) => formatPercent(value / 100) },
        { name: "n" },
      ],
      rows: rows.map(({ label, batch, accuracy, deviation, n }) => [label, batch, accuracy, deviation, n]),
    },
  }];
}
