/**
 * Values as a Markdown table, for pull requests and the job summary of GitHub
 * Actions.
 *
 * @module
 */

import { markdownSection, NONE, type Section } from "../../terminal/section.ts";
import { environmentLine } from "../../report/environment.ts";
import { formatPercent, formatRate } from "../../terminal/format.ts";
import type { Change, Diff } from "../diff.ts";
import { fullName, type Metric } from "../metric.ts";
import type { Export } from "./export.ts";

/** Characters of a digest that tell two apart. */
const DIGEST = 12;

/** A value as people read it. */
export function valueText({ measure, unit }: Metric, value: number | string | null): string {
  if (value === null) return NONE;
  if (typeof value === "string") return value.slice(0, DIGEST);
  if (measure === "accuracy") return `${(100 * value).toFixed(2)} %`;
  return `${Number.isInteger(value) ? value.toLocaleString("en-US") : formatRate(value)}${unit && ` ${unit}`}`;
}

function intervalText(metric: Metric): string {
  return metric.interval === null ? NONE : metric.interval.map((bound) => valueText(metric, bound)).join(" to ");
}

function ratioText(ratio: Change["ratio"]): string {
  if (ratio === null) return NONE;
  const [low, high] = ratio.interval;
  return `${ratio.value.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
}

/** The order of reading: what went wrong first. */
const ORDER = ["too low", "changed", "worse", "cannot tell", "inconclusive", "better", "same"];

/** How many values have which verdict. */
function summaryOf({ changes, gone }: Diff): string {
  if (changes.length === 0) {
    return "Nothing could be compared. --force compares what was made otherwise, eoq report sets it side by side.";
  }
  const counts = ORDER.map((verdict) => ({ verdict, count: changes.filter((each) => each.verdict === verdict).length }))
    .filter(({ count }) => count > 0);
  if (gone.length > 0) counts.push({ verdict: "gone", count: gone.length });
  return `${counts.map(({ verdict, count }) => `${count} ${verdict}`).join(", ")}.`;
}

/** What the machine can show. */
function noiseNotes({ noise }: Diff): string[] {
  if (noise === 0) return [];
  return [
    `The smallest change that the machine can show is ${formatPercent(noise)}: so far apart lay runs of the same code.`,
  ];
}

/** Values beside their baselines, the worst first. */
export function diffSection(diff: Diff): Section {
  const { changes, differences } = diff;
  const sorted = changes.toSorted((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));
  return {
    title: "Against the baseline",
    columns: ["value", "verdict", "before", "now", "times as good"],
    words: 2,
    rows: sorted.map(({ metric, baseline, ratio, verdict }) => [
      fullName(metric),
      verdict,
      valueText(metric, baseline),
      valueText(metric, metric.value),
      ratioText(ratio),
    ]),
    notes: [summaryOf(diff), ...noiseNotes(diff), ...differences.map((difference) => `Not compared: ${difference}.`)],
  };
}

function valuesSection({ command, metrics, environment }: Export["measurement"]): Section {
  return {
    title: command,
    columns: ["value", "median", "95 % interval"],
    words: 1,
    rows: metrics.map((metric) => [fullName(metric), valueText(metric, metric.value), intervalText(metric)]),
    notes: environment === null ? [] : [`${environmentLine(environment)}.`],
  };
}

/** The verdicts where there is a baseline, and the values. */
export function markdown({ measurement, diff }: Export): string {
  const sections = [...(diff === undefined ? [] : [diffSection(diff)]), valuesSection(measurement)];
  return sections.map(markdownSection).join("\n").trimEnd();
}
