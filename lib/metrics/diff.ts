/**
 * Two reports held against each other, value by value.
 *
 * @module
 */

import type { Environment } from "../report/run.ts";
import type { Measurement, Metric } from "./metric.ts";
import type { Ratio } from "../statistics/ratio.ts";
import { ratioToBaseline } from "./ratio.ts";

/** What is to be said of a value beside its baseline. */
export type Verdict = "better" | "worse" | "same" | "inconclusive" | "changed" | "too low";

/** A value beside its baseline. */
export interface Change {
  readonly metric: Metric;
  /** Null for an accuracy that is too low whatever it was before. */
  readonly baseline: number | string | null;
  /** To the baseline, above 1 is better; null where an error is unknown or there are no degrees. */
  readonly ratio: Ratio | null;
  readonly verdict: Verdict;
}

/** What {@linkcode diff} allows. */
export interface Tolerance {
  /** A fraction of the baseline that a timing may be worse by. */
  readonly maxRegression: number;
  /** Least test accuracy of every run; undefined for any. */
  readonly minAccuracy: number | undefined;
  /** Whether values of other conditions are compared too. */
  readonly force: boolean;
}

/** Two reports held against each other. */
export interface Diff {
  readonly changes: readonly Change[];
  /** Why values were left out, each reason once. */
  readonly differences: readonly string[];
}

/** Judges a timing: `same` is within what is allowed, beyond doubt. */
export function judge(ratio: Ratio | undefined, maxRegression: number): Verdict {
  if (ratio === undefined) return "inconclusive";
  const [low, high] = ratio.interval, worst = 1 - maxRegression, best = 1 / worst;
  if (high < worst) return "worse";
  if (low > best) return "better";
  return low >= worst && high <= best ? "same" : "inconclusive";
}

function changeOf(metric: Metric, baseline: Metric, { maxRegression }: Tolerance): Change {
  if (metric.gate === "exact") {
    const verdict = metric.value === baseline.value ? "same" : "changed";
    return { metric, baseline: baseline.value, ratio: null, verdict };
  }
  const ratio = ratioToBaseline(metric, baseline);
  return { metric, baseline: baseline.value, ratio: ratio ?? null, verdict: judge(ratio, maxRegression) };
}

/** In what two values were not made alike. */
function differencesOf(metric: Metric, baseline: Metric): string[] {
  const keys = new Set([...Object.keys(metric.conditions), ...Object.keys(baseline.conditions)]);
  return [...keys].filter((key) => metric.conditions[key] !== baseline.conditions[key]).map((key) =>
    `other ${key}: ${baseline.conditions[key] ?? "unknown"} before, ${metric.conditions[key] ?? "unknown"} now`
  );
}

/** Names that only one side has, as one reason. */
function unmatched(metrics: readonly Metric[], others: readonly Metric[], side: string): string[] {
  const names = new Set(others.map(({ name }) => name));
  const left = metrics.filter(({ gate, name }) => gate !== "none" && !names.has(name));
  if (left.length === 0) return [];
  const more = left.length === 1 ? "" : ` and ${left.length - 1} more`;
  return [`only ${side}: ${left[0]!.name}${more}`];
}

/** Holds the values of a report against those of an earlier one. */
export function diff(baseline: Measurement, now: Measurement, tolerance: Tolerance): Diff {
  const changes: Change[] = [], differences = new Set<string>();
  for (const metric of now.metrics.filter(({ gate }) => gate !== "none")) {
    const alike = baseline.metrics.filter(({ name }) => name === metric.name)
      .map((each) => ({ each, reasons: differencesOf(metric, each) }))
      .toSorted((a, b) => a.reasons.length - b.reasons.length);
    const [best] = alike;
    if (best === undefined) continue;
    if (best.reasons.length === 0 || tolerance.force) changes.push(changeOf(metric, best.each, tolerance));
    for (const reason of best.reasons) differences.add(reason);
  }
  const { minAccuracy = 0 } = tolerance;
  const low = now.metrics.filter(({ measure, gate, value }) =>
    measure === "accuracy" && gate === "exact" && typeof value === "number" && value < minAccuracy
  ).map((metric): Change => ({ metric, baseline: null, ratio: null, verdict: "too low" }));
  return {
    changes: [...low, ...changes],
    differences: [
      ...differences,
      ...unmatched(baseline.metrics, now.metrics, "before"),
      ...unmatched(now.metrics, baseline.metrics, "now"),
    ],
  };
}

/** Whether a value is not as it must be. */
function isWrong({ verdict }: Change): boolean {
  return verdict === "changed" || verdict === "too low";
}

/** Whether a value fails the comparison. */
export function fails(change: Change): boolean {
  return change.verdict === "worse" || isWrong(change);
}

/** What a comparison comes to: a wrong result outweighs that nothing is comparable, and that a slow one. */
export function outcomeOf({ changes }: Diff): "wrong" | "incomparable" | "regression" | "done" {
  if (changes.some(isWrong)) return "wrong";
  if (changes.length === 0) return "incomparable";
  return changes.some(fails) ? "regression" : "done";
}

/** One side of a comparison. */
export interface Side {
  readonly file: string;
  readonly measurement: Measurement;
}

function sideJson({ file, measurement }: Side): { file: string; command: string; environment: Environment | null } {
  return { file, command: measurement.command, environment: measurement.environment };
}

/** The comparison as JSON, version 1: what was held against what, and what it comes to. */
export function diffJson(baseline: Side, now: Side, tolerance: Tolerance, diff: Diff): string {
  const { maxRegression, minAccuracy = null, force } = tolerance;
  return JSON.stringify(
    {
      schemaVersion: 1,
      baseline: sideJson(baseline),
      report: sideJson(now),
      maxRegression,
      minAccuracy,
      force,
      outcome: outcomeOf(diff),
      changes: diff.changes.map(({ metric, baseline, ratio, verdict }) => {
        const { name, measure, unit, conditions, value } = metric;
        return { name, measure, unit, conditions, verdict, baseline, value, ratio };
      }),
      differences: diff.differences,
    },
    null,
    2,
  );
}
