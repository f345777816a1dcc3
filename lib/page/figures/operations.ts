/**
 * Operations of a training image by method.
 *
 * @module
 */

import { formatCount } from "../../terminal/format.ts";
import { dotChart } from "../charts/dots.ts";
import { methodStyle } from "../charts/series.ts";
import { type Figure, slug } from "../figure.ts";
import { groupBy, runsOf } from "../run.ts";
import type { Source } from "../../report/read.ts";

const KINDS = ["macs", "adds", "multiplies", "divisions", "squareRoots"] as const;
const NAMES = ["MACs", "adds", "multiplies", "divisions", "square roots"];

/** Counts of one method on one network. */
interface Counted extends Readonly<Record<typeof KINDS[number], number>> {
  readonly network: string;
  readonly batch: number;
  readonly method: string;
}

function countsOf(sources: readonly Source[]): Counted[] {
  const ofRuns = runsOf(sources).flatMap(({ result: { model, dataset, batch, method, operations } }) =>
    operations === null ? [] : [{ network: `${model} on ${dataset}`, batch, method, ...operations }]
  );
  const ofCosts = sources.flatMap((source) =>
    source.kind !== "paper"
      ? []
      : source.document.cells.flatMap(({ result }) =>
        result !== null && "operations" in result
          ? result.operations.map((counts) => ({
            network: `${result.model} on 32x32 pixels`,
            batch: result.batch,
            ...counts,
          }))
          : []
      )
  );
  return groupBy([...ofRuns, ...ofCosts], (each) => JSON.stringify(each)).map(([first]) => first!);
}

/** A figure for each network. */
export function operations(sources: readonly Source[]): Figure[] {
  return groupBy(countsOf(sources), ({ network }) => network).map((counts): Figure => {
    const { network } = counts[0]!;
    return {
      id: slug(`operations-${network}`),
      title: `Operations of a training image: ${network}`,
      notes: [
        "Forward, backward and the image's share of the update, on a logarithmic axis; what a method does none of has no sign. " +
        "Adds and what follows are beside the multiply-accumulates. One operation is not as dear as another: int8 stands beside fp32.",
      ],
      plot: {
        alt: `Operations by kind: ${
          counts.map((each) =>
            `${each.method} batch ${each.batch}: ${
              KINDS.map((kind, i) => `${NAMES[i]} ${formatCount(each[kind])}`).join(", ")
            }`
          )
            .join("; ")
        }.`,
        chart: dotChart({
          label: "operations an image, logarithmic",
          log: true,
          format: formatCount,
          dots: counts.flatMap((each) =>
            KINDS.map((kind, i) => ({
              group: "",
              label: NAMES[i]!,
              style: methodStyle(each.method),
              value: each[kind],
            }))
              .filter(({ value }) => value > 0)
          ),
        }),
      },
      table: {
        caption: `Operations of a training image of ${network}`,
        columns: [{ name: "method" }, { name: "batch" }, ...NAMES.map((name) => ({ name, format: formatCount }))],
        rows: counts.map((each) => [each.method, each.batch, ...KINDS.map((kind) => each[kind])]),
      },
    };
  });
}
