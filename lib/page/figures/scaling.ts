/**
 * Steps that ranks share: what was measured, and what is expected of more.
 *
 * @module
 */

import { SCALINGS } from "../../count/scaling.ts";
import type { ScalePlan } from "../../report/scale_plan.ts";
import type { ScalingReport } from "../../report/scaling.ts";
import type { Source } from "../../report/read.ts";
import { formatPercent, formatRate } from "../../terminal/format.ts";
import { lineChart } from "../charts/lines.ts";
import { stylesOf } from "../charts/series.ts";
import { type Figure, slug } from "../figure.ts";
import { groupBy } from "../run.ts";

function planned({ model, batch, networks, predictions }: ScalePlan): Figure[] {
  return SCALINGS.map((scaling) => {
    const lines = groupBy(
      predictions.filter((each) => each.scaling === scaling),
      ({ method, network }) => `${method}, ${network}`,
    );
    const labels = lines.map(([first]) => `${first!.method}, ${first!.network}`), styles = stylesOf(labels);
    const title = `${model}, batch ${batch} ${scaling === "strong" ? "over all ranks" : "a rank"}`;
    const ends = lines.map((line, i) => `${labels[i]} ends at ${formatPercent(line.at(-1)!.efficiency)}`);
    return {
      id: slug(`scale-${scaling}-${title}`),
      title: `On paper, ${scaling} scaling: ${title}`,
      notes: [
        "Efficiency is the rate over that of as many processes that need no messages and lose nothing on small parts " +
        "of a batch. Nothing of this was run; measured steps, counted messages and a network's latency and bandwidth " +
        "are what it is made of.",
        ...networks.map(({ name, about, latency, bandwidth }) =>
          `${name}: ${about}; ${latency.microseconds} us, ${bandwidth.gigabytesPerSecond} GB/s`
        ),
      ],
      plot: {
        alt: `Lines of efficiency in percent over ranks: ${ends.join("; ")}.`,
        chart: lineChart({
          lines: lines.map((line, i) => ({
            style: styles.get(labels[i]!)!,
            points: line.map(({ ranks, efficiency }) => ({ x: ranks, y: 100 * efficiency })),
          })),
          x: {
            label: "ranks",
            log: 2,
            ticks: [...new Set(predictions.map(({ ranks }) => ranks))],
            format: String,
          },
          y: { label: "efficiency, %", fromZero: true },
        }),
      },
      table: {
        caption: `What ${title} comes to on paper`,
        columns: [
          ...["method", "network", "ranks", "batch"].map((name) => ({ name })),
          { name: "images/s", format: formatRate },
          { name: "efficiency", format: formatPercent },
          ...["compute, s", "latency, s", "bandwidth, s", "bound"].map((name) => ({ name })),
        ],
        rows: lines.flat().map(({ method, network, ranks, batch, imagesPerSecond, efficiency, seconds, bound }) => [
          ...[method, network, ranks, batch, imagesPerSecond, efficiency],
          ...[seconds.compute, seconds.latency, seconds.transfer, bound],
        ]),
      },
    };
  });
}

function measured({ model, images, scaling }: ScalingReport): Figure {
  return {
    id: slug(`ranks-${model}`),
    title: `Training steps of ${model} that ranks share`,
    notes: [`On ${images} images. Equal weights: the ranks, and other numbers of them, end in the same bits.`],
    table: {
      caption: `Training steps of ${model} by ranks`,
      columns: [
        ...["method", "batch", "ranks", "threads of each"].map((name) => ({ name })),
        { name: "images/s", format: formatRate },
        { name: "efficiency", format: formatPercent },
        ...["messages a step", "bytes a step", "by the formula", "weights"].map((name) => ({ name })),
      ],
      rows: scaling.map(
        ({ method, batch, ranks, threads, median, efficiency, messages, formula, weightsSha256 }) => [
          ...[method, batch, ranks, threads, median, efficiency],
          ...[messages.maxima + messages.sums, messages.maximaBytes + messages.sumsBytes],
          ...[formula.maximaBytes + formula.sumsBytes, weightsSha256 ?? "differ"],
        ],
      ),
    },
  };
}

/** A table of what was measured, and two plots of what is planned, for each file. */
export function scaling(sources: readonly Source[]): Figure[] {
  return sources.flatMap(({ kind, document }) =>
    kind === "scaling" ? [measured(document)] : kind === "scale-plan" ? planned(document) : []
  );
}
