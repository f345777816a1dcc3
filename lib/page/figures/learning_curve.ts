/**
 * Accuracy as training goes on, against images and against time.
 *
 * @module
 */

import type { Line } from "../charts/lines.ts";
import { lineChart } from "../charts/lines.ts";
import { stylesOf } from "../charts/series.ts";
import { formatCount, formatPercent } from "../../terminal/format.ts";
import { accuracyOf, measuredOf } from "../../train/measured.ts";
import { type Figure, slug } from "../figure.ts";
import { labelsOf } from "../label.ts";
import type { Run, Task } from "../run.ts";

/** Where a run stood at the end of an epoch. */
export interface CurvePoint {
  readonly epoch: number;
  readonly images: number;
  /** In training steps; null where the file does not say. */
  readonly seconds: number | null;
  readonly trainLoss: number;
  readonly trainAccuracy: number;
  /** Of the test or validation images; null where the epoch was not measured. */
  readonly accuracy: number | null;
}

/** The points of a run; its end has the test of the run and its time, whatever the history lacks. */
function curveOf({ config, result }: Run): CurvePoint[] {
  const { history, images, trainImagesPerSecond } = result;
  return history.map((record, i) => {
    const isEnd = i === history.length - 1;
    return {
      epoch: record.epoch,
      images: Math.min(record.epoch * config.trainImages, images),
      seconds: record.seconds ?? (isEnd ? images / trainImagesPerSecond : null),
      trainLoss: record.trainLoss,
      trainAccuracy: record.trainAccuracy,
      accuracy: accuracyOf(record) ?? (isEnd ? accuracyOf(result)! : null),
    };
  });
}

/** Curves with the names of their runs. */
export function namedCurves(runs: readonly Run[]) {
  const labels = labelsOf(runs);
  const styles = stylesOf(labels);
  return runs.map((run, i) => ({ run, label: labels[i]!, style: styles.get(labels[i]!)!, points: curveOf(run) }));
}

/** What the horizontal axis can be. */
const AXES = {
  images: { title: "images", label: "training images", format: formatCount },
  seconds: { title: "wall time", label: "seconds in training steps", format: formatCount },
} as const;

/** One figure of a task. */
export function learningCurve({ title, runs }: Task, axis: keyof typeof AXES): Figure[] {
  const curves = namedCurves(runs);
  const measured = measuredOf(runs[0]!.result);
  const { title: against, label, format } = AXES[axis];
  const lines = curves.flatMap(({ style, points }): Line[] => {
    const at = (value: (point: CurvePoint) => number | null) =>
      points.flatMap((point) => {
        const [x, y] = [point[axis], value(point)];
        return x === null || y === null ? [] : [{ x, y: 100 * y }];
      });
    return [
      { style, points: at(({ trainAccuracy }) => trainAccuracy), faint: true },
      { style, points: at(({ accuracy }) => accuracy) },
    ];
  });
  const onlyEnds = lines.every(({ points }) => points.length < 2);
  if (onlyEnds && (axis === "images" || curves.length < 2 || curves.length > 8)) return [];
  const ends = curves.map(({ label, run }) => `${label} ends at ${formatPercent(accuracyOf(run.result)!)}`);
  return [{
    id: slug(`accuracy-against-${against}-${title}`),
    title: `Accuracy against ${against}: ${title}`,
    notes: [
      `Signs are ${measured} accuracy, thin lines training accuracy while the weights still changed.` +
      (axis === "seconds" ? " Time is that of training steps alone; reading and testing are not in it." : ""),
    ],
    plot: {
      alt: `Lines of ${measured} accuracy in percent over ${label}: ${ends.join("; ")}.`,
      chart: lineChart({ lines, x: { label, format, fromZero: true }, y: { label: "accuracy, %" } }),
    },
    table: {
      caption: `Each epoch of ${title}`,
      columns: [
        { name: "run" },
        { name: "seed" },
        { name: "epoch" },
        { name: "images" },
        { name: "seconds", format: (value) => value.toFixed(2) },
        { name: "training loss", format: (value) => value.toFixed(4) },
        { name: "training accuracy", format: formatPercent },
        { name: `${measured} accuracy`, format: formatPercent },
      ],
      rows: curves.flatMap(({ label, run, points }) =>
        points.map((point) => [
          label,
          run.result.seed,
          ...[point.epoch, point.images, point.seconds, point.trainLoss, point.trainAccuracy, point.accuracy],
        ])
      ),
    },
  }];
}
