/**
 * Tables of `bn-cost`.
 *
 * @module
 */

import { priceWork } from "../count/cost.ts";
import { COST_MODELS, type CostModel } from "../count/cost_model.ts";
import { operationsOf } from "../count/kinds.ts";
import type { Method } from "../exec/methods.ts";
import { formatCount, formatRate } from "../terminal/format.ts";
import { ratioOf } from "../ops/report.ts";
import type { Standing } from "./grid.ts";
import { INFERENCE_SPEEDUP, POWER_SAVING, type Published } from "./published.ts";
import type { Comparison, CostResult } from "../report/paper.ts";
import { NONE, type Section } from "../terminal/section.ts";

function finished(standings: readonly Standing<CostResult>[]): CostResult[] {
  return standings.flatMap(({ outcome }) => outcome.status === "finished" ? [outcome.result] : []);
}

/** A comparison of times that something takes more or less. */
function times(what: string, ours: number, published?: Published): Comparison {
  return {
    ...{ what, unit: "times", ours, deviation: null, n: 1 },
    published: published?.value ?? null,
    source: published?.source ?? null,
  };
}

/**
 * Batch norm of one activation spelt out, and what stands in its place: we take
 * the paper to compare these, see {@linkcode INFERENCE_SPEEDUP}.
 */
const NORM = operationsOf({
  "fp32-add": 2,
  "fp32-square-root": 1,
  "fp32-divide": 1,
  "fp32-multiply": 1,
});
const FIXUP = operationsOf({ "int8-multiply": 1, "int8-add": 1 });

function normComparisons(model: CostModel): Comparison[] {
  const [norm, fixup] = [NORM, FIXUP].map((operations) => priceWork(model, operations, 0));
  const compare = (what: string, published: Published, more: number | null, less: number | null) =>
    more === null || less === null ? [] : [
      times(
        `${what} of fp32 batch norm over int8 scale and bias, an activation, ${model.name}`,
        more / less,
        published,
      ),
    ];
  return [
    ...compare("energy", POWER_SAVING, norm!.energy.operations, fixup!.energy.operations),
    ...compare("time", INFERENCE_SPEEDUP, norm!.latency, fixup!.latency),
  ];
}

function networkComparisons({ batch, inference = [] }: CostResult): Comparison[] {
  const costsOf = (method: Method) => inference.find((each) => each.method === method)?.costs ?? [];
  const references = costsOf("bn-fp32");
  return costsOf("eoq").flatMap((cost, i): Comparison[] => {
    const reference = references[i]!;
    const compare = (what: string, ratio: number | null) =>
      ratio === null ? [] : [times(`${what} of bn-fp32 over eoq, batch ${batch}, ${cost.model}`, ratio)];
    return [
      ...compare("energy of operations", ratioOf(reference.energy.operations, cost.energy.operations)),
      ...compare("energy with memory", ratioOf(reference.energy.total, cost.energy.total)),
      ...compare("time", ratioOf(reference.latency.value, cost.latency.value)),
    ];
  });
}

/** The paper's claims beside what is counted and measured here. */
export function costComparisons(standings: readonly Standing<CostResult>[]): Comparison[] {
  const results = finished(standings);
  const speedups = results.flatMap(({ batch, steps }) =>
    steps.filter(({ method, row }) => method === "eoq" && row.phase === "inference").map(({ speedup }) =>
      times(`inference speed of eoq over bn-fp32, batch ${batch}, measured`, speedup, INFERENCE_SPEEDUP)
    )
  );
  return [
    ...speedups,
    ...[...COST_MODELS.values()].flatMap(normComparisons),
    ...results.flatMap(networkComparisons),
  ];
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
        `Published: ${INFERENCE_SPEEDUP.source}; ${POWER_SAVING.source}.`,
        "We read the claim as one about batch norm, whose square root and division for each activation an int8 multiplication and " +
        "addition replace; a whole network is mostly convolution, where int8 gains what one multiply-add gains over another. " +
        "Batch norm here takes the root once a channel. Its fp32 units are as wide as its int8 ones on a CPU, and both " +
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
