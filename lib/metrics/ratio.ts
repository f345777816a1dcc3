/**
 * How many times as good a value is as an earlier one that was not sampled
 * beside it: above 1 is better, whichever way the values themselves are.
 *
 * @module
 */

import { independentRatio, type Ratio } from "../statistics/ratio.ts";
import type { Metric } from "./metric.ts";

/**
 * Samples of one run do not know what differs from run to run (other programs,
 * addresses, the clock), and where they scatter more, so do runs: the error
 * counts so many times. With 1, two runs of the same code on a machine with ten
 * busy programs on two cores were found to differ.
 */
const BETWEEN_RUNS = 2;

function widened({ value, interval: [low, high] }: Ratio): Ratio {
  return { value, interval: [value * (low / value) ** BETWEEN_RUNS, value * (high / value) ** BETWEEN_RUNS] };
}

/**
 * The ratio of a value to its baseline; undefined where an error is unknown.
 * Its interval is wider than that of the samples for what two runs differ by.
 * The machine itself may have been slower or faster as a whole, too: the
 * interval reaches from the ratio as it is to the ratio with the change of the
 * control taken out.
 */
export function ratioToBaseline(value: Metric, baseline: Metric): Ratio | undefined {
  const [now, before] = [value, baseline].map((each) =>
    typeof each.value === "number" && each.interval !== null
      ? { median: each.value, interval: each.interval }
      : undefined
  );
  if (now === undefined || before === undefined) return undefined;
  const raw = widened(value.better === "higher" ? independentRatio(now, before) : independentRatio(before, now));
  if (value.control === undefined || baseline.control === undefined) return raw;
  const drift = value.control.median / baseline.control.median;
  const [low, high] = raw.interval;
  return { value: raw.value, interval: [Math.min(low, low / drift), Math.max(high, high / drift)] };
}
