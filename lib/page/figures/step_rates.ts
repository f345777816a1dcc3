/**
 * Images a second of whole steps and runs.
 *
 * @module
 */

import { median, medianAbsoluteDeviation } from "../../bench/statistics.ts";
import { METHODS } from "../../exec/methods.ts";
import { formatRate } from "../../report/format.ts";
import type { SeriesStyle } from "../charts/chart.ts";
import { dotChart } from "../charts/dots.ts";
import { methodStyle } from "../charts/series.ts";
import type { Figure } from "../figure.ts";
import { shortCpu } from "../machine.ts";
import { benchRates, type Rate, runRates } from "../rate.ts";
import { groupBy } from "../run.ts";
import { shortPath, type Source } from "../source.ts";

/** A row of the figure. */
interface Row {
  /** What was timed, where and with what. */
  readonly group: string;
  readonly label: string;
  readonly style: SeriesStyle;
  readonly value: number;
  readonly mad: number | null;
  readonly n: number;
}

/** The look of a subject: that of the method that its shape begins with. */
function styleOf({ subject }: Rate, method: string): SeriesStyle {
  const known = METHODS.some((name) => name === method);
  const own = methodStyle(known ? method : "eoq");
  return subject === "eoq" ? { ...own, label: method } : { ...own, label: `${subject} ${method}`, hollow: true };
}

/** One row for rates of the same thing: their median, and what they scatter. */
function rowOf(rates: readonly Rate[], group: string): Row {
  const first = rates[0]!;
  const style = styleOf(first, first.shape.split(" ")[0]!);
  const values = rates.map(({ value }) => value);
  const mad = rates.length > 1 ? medianAbsoluteDeviation(values) : first.mad;
  return { group, label: style.label, style, value: median(values), mad, n: rates.length };
}

/** Rows of rates; those of several files stand apart where `byFile` says so. */
function rowsOf(rates: readonly Rate[], byFile: boolean): Row[] {
  const cpus = new Set(rates.map(({ environment }) => environment.cpu)).size > 1;
  const files = byFile && new Set(rates.map(({ file }) => file)).size > 1;
  const groupOf = ({ phase, shape, isa, threads, environment, file }: Rate) =>
    [
      `${phase} ${shape.slice(shape.indexOf(" ") + 1)}`,
      `${isa} x${threads}`,
      ...(cpus ? [shortCpu(environment.cpu)] : []),
      ...(files ? [shortPath(file)] : []),
    ].join(", ");
  const keyOf = (rate: Rate) => JSON.stringify([groupOf(rate), rate.subject, rate.shape.split(" ")[0]]);
  return groupBy(rates, keyOf).map((group) => rowOf(group, groupOf(group[0]!)));
}

function figure(id: string, title: string, note: string, rows: readonly Row[]): Figure[] {
  if (rows.length === 0) return [];
  const fastest = groupBy(rows, ({ group }) => group).map((group) =>
    group.reduce((best, each) => each.value > best.value ? each : best)
  );
  return [{
    id,
    title,
    notes: [note],
    plot: {
      alt: `Images a second: ${
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
        { name: "MAD", format: formatRate },
        { name: "n" },
      ],
      rows: rows.map(({ group, label, value, mad, n }) => [group, label, value, mad, n]),
    },
  }];
}

/** Steps as `eoq bench` times them, and what training runs came to. */
export function stepRates(sources: readonly Source[]): Figure[] {
  return [
    ...figure(
      "step-rates",
      "Images a second of training and inference steps",
      "Subjects took turns on random images of 32x32 pixels; medians of samples and their median absolute deviation.",
      rowsOf(benchRates(sources).filter(({ unit }) => unit === "images/s"), true),
    ),
    ...figure(
      "run-rates",
      "Images a second of training runs and their tests",
      "As the runs went, one after the other: what else the machine did is in it, reading images is not. The median of " +
        "n runs and its median absolute deviation.",
      rowsOf(runRates(sources), false),
    ),
  ];
}
