/**
 * Two reports held against each other, value by value.
 *
 * @module
 */

import type { Environment } from "../report/run.ts";
import { fullName, type Measurement, type Metric } from "./metric.ts";
import type { Ratio } from "../statistics/ratio.ts";
import { ratioToBaseline } from "./ratio.ts";

/** What is to be said of a value beside its baseline. */
export type Verdict = "better" | "worse" | "same" | "inconclusive" | "cannot tell" | "changed" | "too low";

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
  /** Whether a value that is inconclusive keeps the comparison from passing. */
  readonly strict?: boolean;
}

/** Two reports held against each other. */
export interface Diff {
  readonly changes: readonly Change[];
  /** Why values were left out, each reason once. */
  readonly differences: readonly string[];
  /** Names of what the baseline has, or the tolerance asks for, and the later report has not. */
  readonly gone: readonly string[];
  /** The fraction by which rates of the same code differed on this machine, then or now; 0 where it was not measured. */
  readonly noise: number;
}

/** Judges a timing: `same` is within what is allowed, beyond doubt. */
export function judge(ratio: Ratio | undefined, maxRegression: number): Verdict {
  if (ratio === undefined) return "inconclusive";
  const [low, high] = ratio.interval, worst = 1 - maxRegression, best = 1 / worst;
  if (high < worst) return "worse";
  if (low > best) return "better";
  return low >= worst && high <= best ? "same" : "inconclusive";
}

/**
 * What is left of a verdict beside the noise of the machine: a loss or a gain is larger than that, and what is the
 * same within the tolerance would have been seen to leave it.
 */
export function besideNoise(verdict: Verdict, ratio: number, noise: number, maxRegression: number): Verdict {
  const small = ratio > 1 - noise && ratio * (1 - noise) < 1;
  if (small && (verdict === "worse" || verdict === "better")) return "cannot tell";
  return verdict === "same" && noise > maxRegression ? "cannot tell" : verdict;
}

function changeOf(metric: Metric, baseline: Metric, { maxRegression }: Tolerance, noise: number): Change {
  if (metric.gate === "exact") {
    const verdict = metric.value === baseline.value ? "same" : "changed";
    return { metric, baseline: baseline.value, ratio: null, verdict };
  }
  const ratio = ratioToBaseline(metric, baseline);
  const judged = judge(ratio, maxRegression), isRate = ratio !== undefined && metric.measure === "throughput";
  const verdict = isRate ? besideNoise(judged, ratio.value, noise, maxRegression) : judged;
  return { metric, baseline: baseline.value, ratio: ratio ?? null, verdict };
}

/** In what two values were not made alike. */
function differencesOf(metric: Metric, baseline: Metric): string[] {
  const keys = new Set([...Object.keys(metric.conditions), ...Object.keys(baseline.conditions)]);
  return [...keys].filter((key) => metric.conditions[key] !== baseline.conditions[key]).map((key) =>
    `other ${key}: ${baseline.conditions[key] ?? "unknown"} before, ${metric.conditions[key] ?? "unknown"} now`
  );
}

/** What tells a value from those of the same work done otherwise. */
function identityOf({ name, conditions }: Metric): string {
  return JSON.stringify([name, Object.entries(conditions).toSorted()]);
}

/** Several names as one reason. */
function onlyOn(side: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  return [`only ${side}: ${names[0]}${names.length === 1 ? "" : ` and ${names.length - 1} more`}`];
}

/**
 * Names of the gated values of a baseline that none of the later ones was held against, with what tells them from
 * others of the name where there is one; by force any of the name will do.
 */
function goneOf(baseline: Measurement, now: Measurement, held: readonly Metric[], { force }: Tolerance): string[] {
  const key = force ? ({ name }: Metric) => name : identityOf;
  const found = new Set(held.map(key)), names = new Set(now.metrics.map(({ name }) => name));
  const gone = baseline.metrics.filter((each) => each.gate !== "none" && !found.has(key(each)));
  return [...new Set(gone.map((each) => names.has(each.name) ? fullName(each) : each.name))];
}

/** The accuracies that a least accuracy is asked of. */
function accuraciesOf({ metrics }: Measurement): Metric[] {
  return metrics.filter(({ measure, gate }) => measure === "accuracy" && gate === "exact");
}

/** Holds the values of a report against those of an earlier one. */
export function diff(baseline: Measurement, now: Measurement, tolerance: Tolerance): Diff {
  const noise = Math.max(baseline.noise ?? 0, now.noise ?? 0);
  const changes: Change[] = [], differences = new Set<string>(), held: Metric[] = [], added: string[] = [];
  for (const metric of now.metrics.filter(({ gate }) => gate !== "none")) {
    const alike = baseline.metrics.filter(({ name }) => name === metric.name)
      .map((each) => ({ each, reasons: differencesOf(metric, each) }))
      .toSorted((a, b) => a.reasons.length - b.reasons.length);
    const [best] = alike;
    if (best === undefined) {
      added.push(metric.name);
      continue;
    }
    held.push(best.each);
    if (best.reasons.length === 0 || tolerance.force) changes.push(changeOf(metric, best.each, tolerance, noise));
    for (const reason of best.reasons) differences.add(reason);
  }
  const { minAccuracy } = tolerance, accuracies = accuraciesOf(now);
  const low = accuracies.filter(({ value }) => minAccuracy !== undefined && Number(value) < minAccuracy)
    .map((metric): Change => ({ metric, baseline: null, ratio: null, verdict: "too low" }));
  const gone = goneOf(baseline, now, held, tolerance);
  const unasked = minAccuracy !== undefined && accuracies.length === 0 ? ["accuracy for --min-accuracy"] : [];
  return {
    changes: [...low, ...changes],
    differences: [
      ...differences,
      ...onlyOn("before", gone),
      ...onlyOn("now", added),
      ...unasked.map((each) => `no ${each}`),
    ],
    gone: [...gone, ...unasked],
    noise,
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

/** What a comparison comes to: a wrong result outweighs a slow one, and that what cannot be judged. */
export function outcomeOf(
  { changes, gone }: Diff,
  { strict = false }: Pick<Tolerance, "strict"> = {},
): "wrong" | "incomparable" | "regression" | "done" {
  if (changes.some(isWrong)) return "wrong";
  if (changes.some(fails)) return "regression";
  // What is not there was not found to be well.
  if (changes.length === 0 || gone.length > 0) return "incomparable";
  const isOpen = ({ verdict }: Change) => verdict === "inconclusive" || verdict === "cannot tell";
  return strict && changes.some(isOpen) ? "incomparable" : "done";
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
  const { maxRegression, minAccuracy = null, force, strict = false } = tolerance;
  return JSON.stringify(
    {
      schemaVersion: 1,
      baseline: sideJson(baseline),
      report: sideJson(now),
      maxRegression,
      minAccuracy,
      force,
      strict,
      outcome: outcomeOf(diff, tolerance),
      changes: diff.changes.map(({ metric, baseline, ratio, verdict }) => {
        const { name, measure, unit, conditions, value } = metric;
        return { name, measure, unit, conditions, verdict, baseline, value, ratio };
      }),
      differences: diff.differences,
      gone: diff.gone,
      noise: diff.noise,
    },
    null,
    2,
  );
}
