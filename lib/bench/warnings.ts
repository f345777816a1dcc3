/**
 * What samples say about the conditions under which they were taken.
 *
 * @module
 */

import { type Estimate, estimateMedian } from "../statistics/bootstrap.ts";
import { relativeError } from "./sampling.ts";
import type { Warning } from "../report/bench.ts";
import { median, medianAbsoluteDeviation } from "../statistics/median.ts";

/** Rates of one subject, in the order in which they were sampled. */
export interface Sampled {
  readonly name: string;
  readonly rates: readonly number[];
  readonly estimate: Estimate;
  /** Whether it is a peak loop, which does the same in registers whatever came before. */
  readonly isPeak: boolean;
}

/** Below so many samples an interval rests on the outermost ones. */
const FEW = 10;
/** What lies further from the median than so many median absolute deviations is an outlier: 3.5 standard deviations of a normal law. */
const FAR = 3.5 * 1.4826;
/** A share of outliers, and an error of the median, that a quiet machine does not reach. */
const OUTLIERS = 0.1, ERROR = 0.05;
/** A change of a peak's rate from one half of the run to the other that is no accident. */
const DRIFT = 0.05;

/** The share of samples that lie far from the median. */
export function outlierShare(rates: readonly number[]): number {
  const center = median(rates), far = FAR * medianAbsoluteDeviation(rates);
  return rates.filter((rate) => Math.abs(rate - center) > far).length / rates.length;
}

const percent = (share: number) => `${(100 * share).toFixed(0)} %`;

function fewSamples(all: readonly Sampled[]): Warning[] {
  const few = all.filter(({ rates }) => rates.length < FEW);
  if (few.length === 0) return [];
  const least = Math.min(...few.map(({ rates }) => rates.length));
  return [{
    kind: "too-few-samples",
    message: `${few.length} of ${all.length} medians rest on fewer than ${FEW} samples, the least on ${least}`,
    hint: "give more --seconds",
  }];
}

function noise(all: readonly Sampled[]): Warning[] {
  const noisy = all.map(({ name, rates, estimate }) => ({
    name,
    outliers: outlierShare(rates),
    error: relativeError(estimate),
  })).filter(({ outliers, error }) => outliers > OUTLIERS || error > ERROR);
  const [worst] = noisy.toSorted((a, b) => b.error - a.error);
  if (worst === undefined) return [];
  return [{
    kind: "noisy-machine",
    message: `${noisy.length} of ${all.length} subjects are disturbed; the worst is ${worst.name}: median known to ` +
      `${percent(worst.error)}, ${percent(worst.outliers)} of the samples are outliers`,
    hint: "end other programs, pin eoq to idle cores with taskset, and give more --seconds",
  }];
}

/** How much faster the second half of the samples is than the first, where that is beyond the error of both. */
function drift({ rates }: Sampled): number {
  const middle = rates.length >> 1;
  const before = estimateMedian(rates.slice(0, middle)), after = estimateMedian(rates.slice(middle));
  const apart = before.interval[1] < after.interval[0] || after.interval[1] < before.interval[0];
  return apart ? after.median / before.median - 1 : 0;
}

function scaling(all: readonly Sampled[]): Warning[] {
  const [worst] = all.filter(({ isPeak, rates }) => isPeak && rates.length >= 2 * FEW)
    .map((each) => ({ name: each.name, change: drift(each) }))
    .toSorted((a, b) => Math.abs(b.change) - Math.abs(a.change));
  if (worst === undefined || Math.abs(worst.change) <= DRIFT) return [];
  const way = worst.change > 0 ? "rose" : "fell";
  return [{
    kind: "frequency-scaling",
    message: `the ${worst.name} ${way} by ${
      percent(Math.abs(worst.change))
    } from the first half of the run to the second`,
    hint: "fix the CPU's clock (cpupower frequency-set -g performance, turbo off) or let it settle, and run again; " +
      "percents of peak and ratios suffer least",
  }];
}

/** What is wrong with a run's samples, one warning a kind. */
export function findWarnings(all: readonly Sampled[]): Warning[] {
  return [...fewSamples(all), ...noise(all), ...scaling(all)];
}
