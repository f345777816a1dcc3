/**
 * Images per second of whole steps and runs.
 *
 * @module
 */

import { median } from "../../statistics/median.ts";
import { formatRate } from "../../terminal/format.ts";
import type { SeriesStyle } from "../charts/chart.ts";
import { dotChart } from "../charts/dots.ts";
import type { Figure } from "../figure.ts";
import { shortCpu } from "../machine.ts";
import { benchRates, type Rate, runRates } from "../rate.ts";
import { groupBy } from "../run.ts";
import { shortPath, type Source } from "../../report/read.ts";
import { subjectStyle } from "../subject.ts";

/** A row of the figure. */
interface Row {
  /** What was timed, where and with what. */
  readonly group: string;
  readonly label: string;
  readonly style: SeriesStyle;
  readonly value: number;
  readonly interval?: readonly [low: number, high: number];
  readonly n: number;
}

/** One row for rates of the same thing: their median, and the interval of one or the range of several. */
function rowOf(rates: readonly Rate[], group: string): Row {
  const first = rates[0]!;
  const style = subjectStyle(first);
  const values = rates.map(({ value }) => value);
  const interval = rates.length > 1 ? [Math.min(...values), Math.max(...values)] as const : first.interval;
  const row = { group, label: style.label, style, value: median(values), n: rates.length };
  return interval === null ? row : { ...row, interval };
}

/** Path and threads of a rate. */
function settingOf({ isa, threads }: Rate): string {
  return `${isa} x${threads}`;
}

/** Rows of rates; where `byFile` says so, those of the same thing from several files stand apart. */
function rowsOf(rates: readonly Rate[], byFile: boolean): Row[] {
  const cpus = new Set(rates.map(({ environment }) => environment.cpu)).size > 1;
  const settings = new Set(rates.map(settingOf)).size > 1;
  const groupOf = (rate: Rate) =>
    [
      `${rate.phase} ${rate.shape}`,
      ...(settings ? [settingOf(rate)] : []),
      ...(cpus ? [shortCpu(rate.environment.cpu)] : []),
    ].join(", ");
  const keyOf = (rate: Rate) => JSON.stringify([groupOf(rate), rate.subject, rate.variant]);
  const groups = groupBy(rates, keyOf);
  if (!byFile || groups.every((group) => group.length === 1)) {
    return groups.map((group) => rowOf(group, groupOf(group[0]!)));
  }
  return rates.map((rate) => rowOf([rate], `${groupOf(rate)}, ${shortPath(rate.file)}`));
}

/** What to say of path and threads where all rates have the same. */
function settingNote(rates: readonly Rate[]): string {
  const settings = new Set(rates.map(settingOf));
  return settings.size === 1 ? ` Path and threads: ${[...settings][0]}.` : "";
}

function figure(id: string, title: string, note: string, rates: readonly Rate[], byFile: boolean): Figure[] {
  if (rates.length === 0) return [];
  const rows = rowsOf(rates, byFile);
  const fastest = groupBy(rows, ({ group }) => group).map((group) =>
    group.reduce((best, each) => each.value > best.value ? each : best)
  );
  return [{
    id,
    title,
    notes: [note + settingNote(rates)],
    plot: {
      alt: `Images per second: ${
        fastest.map(({ group, label, value }) => `${group}: ${label} is fastest with ${formatRate(value)}`).join("; ")
      }.`,
      chart: dotChart({
        label: "images/s, logarithmic",
        log: true,
        format: formatRate,
        dots: rows.map((row) => ({ ...row, text: formatRate(row.value) })),
      }),
    },
    table: {
      caption: title,
      columns: [
        { name: "what" },
        { name: "subject" },
        { name: "images/s", format: formatRate },
        { name: "from", format: formatRate },
        { name: "to", format: formatRate },
        { name: "n" },
      ],
      rows: rows.map(({ group, label, value, interval, n }) => [
        ...[group, label, value, interval?.[0] ?? null, interval?.[1] ?? null, n],
      ]),
    },
  }];
}

/** Steps as `eoq bench` times them, and what training runs came to. */
export function stepRates(sources: readonly Source[]): Figure[] {
  return [
    ...figure(
      "step-rates",
      "Images per second of training and inference steps",
      "Subjects took turns on random images of 32x32 pixels; medians of samples with their 95 % intervals.",
      benchRates(sources).filter(({ unit }) => unit === "images/s"),
      true,
    ),
    ...figure(
      "run-rates",
      "Images per second of training runs and their tests",
      "As the runs went, one after the other: what else the machine did is in it, reading images is not. The median of " +
        "n runs and their range.",
      runRates(sources),
      false,
    ),
  ];
}
