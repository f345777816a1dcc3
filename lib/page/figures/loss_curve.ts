/**
 * Training loss as training goes on.
 *
 * @module
 */

import { lineChart } from "../charts/lines.ts";
import { formatCount } from "../../terminal/format.ts";
import { type Figure, slug } from "../figure.ts";
import type { Task } from "../run.ts";
import { namedCurves } from "./learning_curve.ts";

/** The figure of a task, where any run has more than one epoch. */
export function lossCurve({ title, runs }: Task): Figure[] {
  const curves = namedCurves(runs);
  if (curves.every(({ points }) => points.length < 2)) return [];
  const lines = curves.map(({ style, points }) => ({
    style,
    points: points.map(({ images, trainLoss }) => ({ x: images, y: trainLoss })),
  }));
  const ends = curves.map(({ label, points }) =>
    `${label} ends at ${points.at(-1)?.trainLoss.toFixed(3) ?? "nothing"}`
  );
  return [{
    id: slug(`loss-${title}`),
    title: `Training loss: ${title}`,
    notes: ["Mean cross-entropy in nats over the images of each epoch, as they were trained on."],
    plot: {
      alt: `Lines of training loss over training images: ${ends.join("; ")}.`,
      chart: lineChart({
        lines,
        x: { label: "training images", format: formatCount, fromZero: true },
        y: { label: "loss, nats" },
      }),
    },
    table: {
      caption: `Training loss of ${title}`,
      columns: [{ name: "run" }, { name: "seed" }, { name: "images" }, { name: "training loss" }],
      rows: curves.flatMap(({ label, run, points }) =>
        points.map(({ images, trainLoss }) => [label, run.result.seed, images, trainLoss])
      ),
    },
  }];
}
