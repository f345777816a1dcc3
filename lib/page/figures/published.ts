/**
 * Numbers of ours beside those in print.
 *
 * @module
 */

import { formatRate } from "../../terminal/format.ts";
import { dotChart } from "../charts/dots.ts";
import { paletteColor } from "../charts/palette.ts";
import { type Figure, slug } from "../figure.ts";
import { shortPath, type Source } from "../../report/read.ts";

const OURS = { label: "ours", color: paletteColor("--s1"), symbol: "circle" } as const;
const PUBLISHED = { label: "published", color: paletteColor("--s2"), symbol: "diamond", hollow: true } as const;

/** A figure for each experiment that has published numbers; those of small-batch are in its curves. */
export function published(sources: readonly Source[]): Figure[] {
  return sources.flatMap((source) => {
    if (source.kind !== "paper") return [];
    const { experiment, scale, comparisons, budget } = source.document;
    if (experiment === "small-batch") return [];
    const rows = comparisons.filter((each) => each.published !== null && each.ours !== null);
    if (rows.length === 0) return [];
    const unit = rows[0]!.unit;
    const inPrint = [...new Set(rows.flatMap(({ source: place }) => place ?? []))];
    return [{
      id: slug(`published-${experiment}-${shortPath(source.file)}`),
      title: `Against published numbers: ${experiment}, scale ${scale}`,
      notes: [`Ours: ${budget}. Published: ${inPrint.join("; ")}. Unless the scale is full the budgets differ.`],
      plot: {
        alt: `Ours and published, ${unit}: ${
          rows.map(({ what, ours, published }) => `${what}: ${formatRate(ours!)} and ${formatRate(published!)}`).join(
            "; ",
          )
        }.`,
        chart: dotChart({
          label: unit,
          dots: rows.flatMap(({ what, ours, published }) => [
            { group: "", label: what, style: PUBLISHED, value: published! },
            { group: "", label: what, style: OURS, value: ours! },
          ]),
        }),
      },
      table: {
        caption: `Numbers of eoq paper ${experiment} beside published ones`,
        columns: ["what", "unit", "ours", "standard deviation", "n", "published", "source"].map((name) => ({
          name,
          ...(name === "ours" || name === "standard deviation") && { format: (value: number) => value.toFixed(2) },
        })),
        rows: rows.map(({ what, unit, ours, deviation, n, published, source: place }) => [
          what,
          unit,
          ours,
          deviation,
          n,
          published,
          place,
        ]),
      },
    }];
  });
}
