/**
 * Tables of `bn-cost`.
 *
 * @module
 */

import { formatCount, formatRate } from "../report/format.ts";
import type { Standing } from "./cell.ts";
import { INFERENCE_SPEEDUP, POWER_SAVING } from "./published.ts";
import type { Comparison, CostResult } from "./schema.ts";
import { NONE, type Section } from "./section.ts";

function finished(standings: readonly Standing<CostResult>[]): CostResult[] {
  return standings.flatMap(({ outcome }) => outcome.status === "finished" ? [outcome.result] : []);
}

/** The paper's claims beside what is measured here. */
export function costComparisons(standings: readonly Standing<CostResult>[]): Comparison[] {
  const speedups = finished(standings).flatMap(({ batch, steps }) =>
    steps.filter(({ method, row }) => method === "eoq" && row.phase === "inference").map(({ speedup }) => ({
      what: `inference speed of eoq over bn-fp32, batch ${batch}`,
      unit: "times",
      published: INFERENCE_SPEEDUP.value,
      source: INFERENCE_SPEEDUP.source,
      ours: speedup,
      deviation: null,
      n: 1,
    }))
  );
  const power = {
    what: "power of bn-fp32 over eoq in inference: not measured here",
    unit: "times",
    published: POWER_SAVING.value,
    source: POWER_SAVING.source,
    ours: null,
    deviation: null,
    n: 0,
  };
  return [...speedups, power];
}

/** Speed, operations, and the paper's claims. */
export function costSections(standings: readonly Standing<CostResult>[]): Section[] {
  const results = finished(standings);
  const comparisons = costComparisons(standings);
  return [
    {
      title: "Against the paper",
      columns: ["", "published", "ours"],
      words: 1,
      rows: comparisons.map(({ what, published, ours }) => [
        what,
        published === null ? NONE : `> ${published}`,
        ours === null ? NONE : ours.toFixed(2),
      ]),
      notes: [
        `Published: ${INFERENCE_SPEEDUP.source}; power: ${POWER_SAVING.source}.`,
        "The paper counts gates of a chip made for the task. A CPU has fp32 units as wide as its int8 ones, and both " +
        "methods do the same multiply-accumulates on it.",
      ],
    },
    {
      title: "Speed",
      columns: ["step", "method", "images/s", "95 % interval", "x bn-fp32", "95 % interval"],
      words: 2,
      rows: results.flatMap(({ batch, steps }) =>
        steps.map(({ method, row, speedup, speedupInterval }) => [
          `${row.phase} batch ${batch}`,
          method,
          formatRate(row.median),
          row.interval.map(formatRate).join(" - "),
          speedup.toFixed(2),
          speedupInterval.map((bound) => bound.toFixed(2)).join(" - "),
        ])
      ),
      notes: [
        "Methods take turns within a row's step; the last columns are the median of the ratios of neighbours and its interval.",
      ],
    },
    {
      title: "Operations of a training image",
      columns: ["batch", "method", "MACs", "adds", "multiplies", "divisions", "square roots"],
      words: 2,
      rows: results.flatMap(({ batch, operations }) =>
        operations.map(({ method, ...counts }) => [
          `${batch}`,
          method,
          ...[counts.macs, counts.adds, counts.multiplies, counts.divisions, counts.squareRoots].map(formatCount),
        ])
      ),
      notes: ["Forward, backward and the image's share of the update; adds and what follows are beside the MACs."],
    },
  ];
}
