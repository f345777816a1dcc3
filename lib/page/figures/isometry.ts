/**
 * Gradients on their way through a network at its initialization.
 *
 * @module
 */

import { lineChart } from "../charts/lines.ts";
import { stylesOf } from "../charts/series.ts";
import type { IsometryResult } from "../../report/paper.ts";
import { type Figure, slug } from "../figure.ts";
import { groupBy } from "../run.ts";
import type { Source } from "../../report/read.ts";

/** Few digits over many magnitudes. */
function magnitude(value: number): string {
  return value === 0 || value >= 0.01 && value < 10_000 ? String(Number(value.toPrecision(3))) : value.toExponential(1);
}

function resultsOf(sources: readonly Source[]): IsometryResult[] {
  return sources.flatMap((source) =>
    source.kind === "paper"
      ? source.document.cells.flatMap(({ result }) => result !== null && "blocks" in result ? [result] : [])
      : []
  );
}

/** What the vertical axis can be. */
const QUANTITIES = {
  phi: {
    title: "phi by block",
    label: "phi(J Jᵀ) of the block",
    note: "phi = E[tr(J Jᵀ)] / n of each block; 1 is isometry. Blocks are numbered from the input.",
  },
  gradient: {
    title: "Gradient by depth",
    label: "gradient power, of that behind the last block",
    note: "Power of a random gradient in front of each block, of that behind the last one: a level line is isometry.",
  },
} as const;

function isometryFigure(results: readonly IsometryResult[], quantity: keyof typeof QUANTITIES): Figure {
  const { model } = results[0]!;
  const { title, label, note } = QUANTITIES[quantity];
  const styles = stylesOf(results.map(({ norm }) => norm));
  const values = results.flatMap(({ blocks }) => blocks.map((block) => block[quantity]));
  return {
    id: slug(`isometry-${quantity}-${model}`),
    title: `${title}: ${model}`,
    notes: [
      `${note} bn: batch norm; none: He's initialization without norm; centred: the same, the weights of each output ` +
      "channel less their mean; fixup: as eoq starts.",
    ],
    plot: {
      alt: `Lines of ${label} over blocks: ${
        results.map(({ norm, blocks }) =>
          `${norm} goes from ${magnitude(blocks[0]![quantity])} at the first to ${
            magnitude(blocks.at(-1)![quantity])
          } at the last`
        ).join("; ")
      }.`,
      chart: lineChart({
        lines: results.map(({ norm, blocks }) => ({
          style: styles.get(norm)!,
          points: blocks.map((block, i) => ({ x: i + 1, y: block[quantity] })),
        })),
        x: { label: "block, from the input" },
        y: {
          label,
          format: magnitude,
          ...(quantity === "gradient" && values.every((value) => value > 0) && { log: 10 }),
        },
        reference: 1,
      }),
    },
    table: {
      caption: `Blocks of ${model} at initialization`,
      columns: [
        { name: "norm" },
        { name: "block" },
        ...["phi", "spread", "standard error", "theory", "gradient"].map((name) => ({ name, format: magnitude })),
      ],
      rows: results.flatMap(({ norm, blocks }) =>
        blocks.map(({ block, phi, spread, standardError, expected, gradient }) => [
          norm,
          block,
          phi,
          spread,
          standardError,
          expected,
          gradient,
        ])
      ),
    },
  };
}

/** Two figures for each network. */
export function isometry(sources: readonly Source[]): Figure[] {
  const models = groupBy(resultsOf(sources), ({ model }) => model).map((results) => [
    ...new Map(results.map((result) => [result.norm, result])).values(),
  ]);
  return models.flatMap((results) => [isometryFigure(results, "gradient"), isometryFigure(results, "phi")]);
}
