/**
 * Images a second of whole steps and runs.
 *
 * @module
 */

import { formatRate } from "../../report/format.ts";
import { METHODS } from "../../exec/methods.ts";
import { dotChart } from "../charts/dots.ts";
import type { SeriesStyle } from "../charts/chart.ts";
import { methodStyle } from "../charts/series.ts";
import { type Figure, slug } from "../figure.ts";
import { shortCpu } from "../machine.ts";
import { benchRates, type Rate, runRates } from "../rate.ts";
import { groupBy } from "../run.ts";
import type { Source } from "../source.ts";

/** The method that a shape begins with, and the rest. */
function splitMethod({ shape, subject }: Rate): { method: string; rest: string; label: string } {
  const space = shape.indexOf(" ");
  const method = shape.slice(0, space);
  return { method, rest: shape.slice(space + 1), label: subject === "eoq" ? method : `${subject} ${method}` };
}

function styleOf(rate: Rate): SeriesStyle {
  const { method, label } = splitMethod(rate);
  const known = METHODS.some((name) => name === method);
  return { ...methodStyle(known ? method : "eoq"), label, ...(rate.subject !== "eoq" && { hollow: true }) };
}

/** What the figure is called, by where its rates come from. */
export interface StepRates {
  readonly id: string;
  readonly title: string;
  readonly note: string;
  readonly rates: readonly Rate[];
}

function figure({ id, title, note, rates }: StepRates): Figure {
  const machines = new Set(rates.map(({ environment }) => environment.cpu)).size > 1;
  const rows = rates.map((rate) => {
    const { rest, label } = splitMethod(rate);
    const where = `${rate.isa} x${rate.threads}${machines ? `, ${shortCpu(rate.environment.cpu)}` : ""}`;
    return { rate, rest, label, group: `${rate.phase} ${rest}, ${where}` };
  });
  const fastest = groupBy(rows, ({ group }) => group).map((group) =>
    group.reduce((best, each) => each.rate.value > best.rate.value ? each : best)
  );
  return {
    id: slug(id),
    title,
    notes: [note],
    plot: {
      alt: `Images a second: ${
        fastest.map(({ group, label, rate }) => `${group}: ${label} is fastest with ${formatRate(rate.value)}`).join(
          "; ",
        )
      }.`,
      chart: dotChart({
        label: "images/s, logarithmic",
        log: true,
        format: formatRate,
        dots: rows.map(({ rate, group, label }) => ({
          ...{ group, label, style: styleOf(rate), value: rate.value, text: formatRate(rate.value) },
        })),
      }),
    },
    table: {
      caption: title,
      columns: [
        ...["step", "network", "subject", "path", "threads"].map((name) => ({ name })),
        { name: "images/s", format: formatRate },
        { name: "MAD", format: formatRate },
        { name: "file" },
      ],
      rows: rows.map(({ rate, rest, label }) => [
        ...[rate.phase, rest, label, rate.isa, rate.threads, rate.value, rate.mad, rate.file],
      ]),
    },
  };
}

/** Steps as `eoq bench` times them, and what training runs came to. */
export function stepRates(sources: readonly Source[]): Figure[] {
  const all: readonly StepRates[] = [
    {
      id: "step-rates",
      title: "Images a second of training and inference steps",
      note: "Methods took turns on random images of 32x32 pixels; medians.",
      rates: benchRates(sources).filter(({ unit }) => unit === "images/s"),
    },
    {
      id: "run-rates",
      title: "Images a second of training runs and their tests",
      note: "As the runs went, one after the other: what else the machine did is in it. Reading images is not.",
      rates: runRates(sources),
    },
  ];
  return all.filter(({ rates }) => rates.length > 0).map(figure);
}
