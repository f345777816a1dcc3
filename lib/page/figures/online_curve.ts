/**
 * Accuracy of predictions along a stream that networks learn from.
 *
 * @module
 */

import { learnerName, type LearnResult, orderText, streamText } from "../../report/learn.ts";
import { shortPath, type Source } from "../../report/read.ts";
import type { StreamDescription } from "../../train/online_state.ts";
import { formatCount, formatPercent, formatRate } from "../../terminal/format.ts";
import { type Line, lineChart } from "../charts/lines.ts";
import { stylesOf } from "../charts/series.ts";
import { type Figure, slug } from "../figure.ts";
import { groupBy } from "../run.ts";

/** A learner with where it comes from. */
interface Learnt {
  readonly file: string;
  readonly stream: StreamDescription;
  readonly learner: LearnResult;
}

function learntIn(sources: readonly Source[]): Learnt[] {
  return sources.flatMap(({ file, kind, document }) =>
    kind === "learn" ? document.learners.map((learner) => ({ file, stream: document.stream, learner })) : []
  );
}

/** Names that tell the learners of a group apart: by their rate and file only where something else does not. */
function labelsOf(group: readonly Learnt[]): string[] {
  const plain = group.map(({ learner }) => learnerName(learner));
  const rates = group.map(({ learner }) => `rate ${Number(learner.learningRate.toPrecision(4))}`);
  const differ = (values: readonly string[]) => new Set(values).size > 1;
  const rated = plain.map((name, i) => differ(rates) ? `${name}, ${rates[i]}` : name);
  return rated.map((name, i) =>
    rated.filter((other) => other === name).length > 1 ? `${name}, ${shortPath(group[i]!.file)}` : name
  );
}

function figures(group: readonly Learnt[]): Figure[] {
  const [{ stream, learner: { model } }] = group as [Learnt];
  const title = `${model} on ${streamText(stream)}`;
  const labels = labelsOf(group), styles = stylesOf(labels);
  const lines = group.flatMap(({ learner: { curve } }, i): Line[] => {
    const style = styles.get(labels[i]!)!;
    const points = (of: "last100" | "last1000") => curve.map((point) => ({ x: point.images, y: 100 * point[of] }));
    return [{ style, points: points("last100"), faint: true }, { style, points: points("last1000") }];
  });
  const ends = group.map(({ learner }, i) => `${labels[i]} ends at ${formatPercent(learner.last1000)}`);
  return [{
    id: slug(`online-${title}`),
    title: `Online accuracy: ${title}`,
    notes: [
      `Each image, in ${orderText(stream)}, was predicted, then learnt from. Thick lines are over the last 1,000 ` +
      "predictions, thin ones over the last 100. Running is batch norm with its running statistics, which stay as they were.",
    ],
    plot: {
      alt: `Lines of the accuracy of the last 1,000 predictions in percent over images: ${ends.join("; ")}.`,
      chart: lineChart({
        lines,
        x: { label: "images of the stream", format: formatCount, fromZero: true },
        y: { label: "accuracy, %" },
      }),
    },
    table: {
      caption: `Accuracy along ${title}`,
      columns: [
        { name: "learner" },
        { name: "images" },
        { name: "over all", format: formatPercent },
        { name: "last 1,000", format: formatPercent },
        { name: "last 100", format: formatPercent },
      ],
      rows: group.flatMap(({ learner: { curve } }, i) =>
        curve.map(({ images, accuracy, last1000, last100 }) => [labels[i]!, images, accuracy, last1000, last100])
      ),
    },
  }, {
    id: slug(`online-end-${title}`),
    title: `At the end of the stream: ${title}`,
    notes: [
      "Bytes are those that a training step holds.",
      ...group.flatMap(({ learner: { diverged, images } }, i) =>
        diverged ? [`${labels[i]}: its loss was no number behind image ${images}, and it learnt no more.`] : []
      ),
    ],
    table: {
      caption: `What each learner came to on ${title}`,
      columns: [
        ...[{ name: "learner" }, { name: "dataset of its run" }, { name: "learning rate" }, { name: "images" }],
        ...["over all", "last 1,000", "last 100"].map((name) => ({ name, format: formatPercent })),
        { name: "images/s", format: formatRate },
        { name: "parameter bytes" },
        { name: "activation bytes" },
        { name: "optimizer bytes" },
      ],
      rows: group.map(({ learner }, i) => {
        const { dataset, learningRate, images, accuracy, last1000, last100, imagesPerSecond, bytes } = learner;
        const { parameters, activations, optimizer } = bytes;
        return [
          ...[labels[i]!, dataset, learningRate, images, accuracy, last1000, last100, imagesPerSecond],
          ...[parameters, activations, optimizer],
        ];
      }),
    },
  }];
}

/** Two figures for each network and stream. */
export function onlineCurves(sources: readonly Source[]): Figure[] {
  return groupBy(learntIn(sources), ({ stream, learner: { model } }) => JSON.stringify([model, stream])).flatMap(
    figures,
  );
}
