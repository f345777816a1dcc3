/**
 * What runs end at: a row for each, over its seeds.
 *
 * @module
 */

import { summarise } from "../../statistics/spread.ts";
import { capitalised, formatPercent } from "../../terminal/format.ts";
import { accuracyOf, measuredOf } from "../../train/measured.ts";
import { dotChart } from "../charts/dots.ts";
import { methodStyle } from "../charts/series.ts";
import { type Figure, slug } from "../figure.ts";
import { labelsOf } from "../label.ts";
import { groupBy, type Task } from "../run.ts";

/** The figure of a task. */
export function finalAccuracy({ title, runs }: Task): Figure[] {
  const labels = labelsOf(runs);
  const measured = measuredOf(runs[0]!.result);
  const named = runs.map((run, i) => ({ run, label: labels[i]! }));
  const rows = groupBy(named, ({ label }) => label).map((group) => {
    const accuracies = group.map(({ run }) => accuracyOf(run.result)!);
    const { mean, deviation, n } = summarise(accuracies);
    const seeds = group.map(({ run }) => run.result.seed).join(", ");
    return { label: group[0]!.label, method: group[0]!.run.result.method, mean, deviation, n, seeds };
  });
  const text = ({ mean, deviation }: typeof rows[number]) =>
    (100 * mean).toFixed(2) + (deviation === null ? "" : ` ± ${(100 * deviation).toFixed(2)}`);
  return [{
    id: slug(`final-${title}`),
    title: `${capitalised(measured)} accuracy at the end: ${title}`,
    notes: ["Mean over seeds; the line is the sample standard deviation, where there are several."],
    plot: {
      alt: `${capitalised(measured)} accuracy in percent: ${
        rows.map((row) => `${row.label} ${text(row)}`).join("; ")
      }.`,
      chart: dotChart({
        label: `${measured} accuracy, %`,
        dots: rows.map((row) => ({
          group: "",
          label: row.label,
          style: methodStyle(row.method),
          value: 100 * row.mean,
          ...(row.deviation !== null && {
            interval: [100 * (row.mean - row.deviation), 100 * (row.mean + row.deviation)] as const,
          }),
          text: text(row),
        })),
      }),
    },
    table: {
      caption: `${capitalised(measured)} accuracy of ${title}`,
      columns: [
        { name: "run" },
        { name: `${measured} accuracy`, format: formatPercent },
        { name: "standard deviation", format: formatPercent },
        { name: "n" },
        { name: "seeds" },
      ],
      rows: rows.map(({ label, mean, deviation, n, seeds }) => [label, mean, deviation, n, seeds]),
    },
  }];
}
