/**
 * What is known of a median from the samples alone: a percentile bootstrap.
 * Neighbouring samples of a timing resemble each other, because slow spells of
 * a machine last; so whole blocks of neighbours are drawn, in a circle (Politis
 * and Romano 1992), and the interval is not narrower than the spells allow.
 *
 * @module
 */

import { RandomStream } from "../random.ts";
import { median } from "./median.ts";

/** Two bounds, the lower first. */
export type Interval = [low: number, high: number];

/** A median and where the true one lies with 95 % confidence. */
export interface Estimate {
  readonly median: number;
  readonly interval: Interval;
}

/** Resamples of an interval; more would move its bounds by less than another run does. */
const RESAMPLES = 1000;

/** What lies outside of an interval, at each end. */
const TAIL = 0.025;

/** Fewer samples make too few blocks of more than one. From here on blocks grow with the third root, as is usual. */
const FEWEST_FOR_BLOCKS = 27;

/** The same samples always have the same interval. */
const SEED = 1;

/** Adds one resample: how often each rank is drawn. */
function drawBlocks(counts: Uint32Array, ranks: Uint32Array, block: number, random: RandomStream): void {
  const n = ranks.length;
  counts.fill(0);
  for (let drawn = 0; drawn < n;) {
    const start = random.below(n);
    for (let i = 0; i < block && drawn < n; i++, drawn++) counts[ranks[(start + i) % n]!]!++;
  }
}

/** The median of a sample that holds `sorted[i]` so many times as `counts[i]` says, `sorted.length` in all. */
function countedMedian(sorted: readonly number[], counts: Uint32Array): number {
  const n = sorted.length, lower = (n - 1) >> 1, upper = n >> 1;
  let i = 0, below = counts[0]!;
  while (below <= lower) below += counts[++i]!;
  const low = sorted[i]!;
  while (below <= upper) below += counts[++i]!;
  return (low + sorted[i]!) / 2;
}

/** The median of samples, in the order in which they were taken, with its interval. */
export function estimateMedian(samples: readonly number[]): Estimate {
  const n = samples.length;
  const order = [...samples.keys()].sort((a, b) => samples[a]! - samples[b]!);
  const sorted = order.map((i) => samples[i]!);
  const ranks = new Uint32Array(n);
  order.forEach((i, rank) => ranks[i] = rank);
  const block = n < FEWEST_FOR_BLOCKS ? 1 : Math.floor(Math.cbrt(n));
  const random = new RandomStream(SEED, n);
  const counts = new Uint32Array(n);
  const medians = Float64Array.from({ length: RESAMPLES }, () => {
    drawBlocks(counts, ranks, block, random);
    return countedMedian(sorted, counts);
  }).sort();
  const outside = Math.floor(RESAMPLES * TAIL);
  return { median: median(samples), interval: [medians[outside]!, medians[RESAMPLES - 1 - outside]!] };
}

/**
 * How many times the rate of the other one rate is, both sampled in turn: the
 * median over the pairs, in which a slow spell hits both.
 */
export function estimateRatio(rates: readonly number[], others: readonly number[]): Estimate {
  return estimateMedian(rates.map((rate, i) => rate / others[i]!));
}
