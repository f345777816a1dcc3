/**
 * How many times the rate of the others eoq has, sampled in turn with them.
 *
 * @module
 */

import type { RatioRow } from "../../report/bench.ts";
import { dotChart } from "../charts/dots.ts";
import { stylesOf } from "../charts/series.ts";
import { type Figure, slug } from "../figure.ts";
import { shortPath, type Source } from "../../report/read.ts";
import { subjectName } from "../subject.ts";

/** Each pair once: of two of eoq's own the one that came first is held against the other. */
function distinct(ratios: readonly RatioRow[]): RatioRow[] {
  const seen = new Set<string>();
  return ratios.filter(({ phase, shape, of, to }) => {
    if (seen.has(JSON.stringify([phase, shape, to, of]))) return false;
    seen.add(JSON.stringify([phase, shape, of, to]));
    return true;
  });
}

/** A pair's name; path and threads where they are not the same. */
function pairName({ of, to }: RatioRow): string {
  const [path, threads] = [of.isa !== to.isa, of.threads !== to.threads];
  const name = (each: RatioRow["of"]) =>
    `${subjectName(each)}${path ? ` ${each.isa}` : ""}${threads ? ` x${each.threads}` : ""}`;
  return `${name(of)} : ${name(to)}`;
}

/** A figure for each benchmark. */
export function ratios(sources: readonly Source[]): Figure[] {
  return sources.flatMap((source): Figure[] => {
    if (source.kind !== "bench") return [];
    const rows = distinct(source.document.ratios).map((ratio) => ({ ...ratio, pair: pairName(ratio) }));
    if (rows.length === 0) return [];
    const styles = stylesOf(rows.map(({ pair }) => pair));
    const crowded = styles.size > 2;
    const times = (value: number) => value.toFixed(2);
    return [{
      id: slug(`ratios-${shortPath(source.file)}`),
      title: "How many times as fast",
      notes: [`${shortPath(source.file)}. Medians of the ratios of neighbouring samples, with their 95 % intervals.`],
      plot: {
        alt: `Ratios of rates: ${
          rows.map(({ phase, shape, pair, median }) => `${phase} ${shape} ${pair} ${times(median)}`).join("; ")
        }.`,
        chart: dotChart({
          label: "ratio of rates, logarithmic",
          log: true,
          reference: 1,
          format: (value) => String(Number(value.toPrecision(2))),
          dots: rows.map(({ phase, shape, pair, median, interval }) => ({
            ...(crowded ? { group: `${phase} ${shape}`, label: pair } : { group: phase, label: shape }),
            ...{ style: styles.get(pair)!, value: median, interval },
          })),
        }),
      },
      table: {
        caption: "Ratios of rates that were sampled in turn",
        columns: [
          ...["phase", "work", "pair"].map((name) => ({ name })),
          ...["ratio", "from", "to"].map((name) => ({ name, format: times })),
          { name: "pairs" },
        ],
        rows: rows.map(({ phase, shape, pair, median, interval, pairs }) => [
          ...[phase, shape, pair, median, ...interval, pairs],
        ]),
      },
    }];
  });
}
