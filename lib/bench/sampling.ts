/**
 * Timing of several subjects side by side. They take turns, one short sample
 * each a round: a slow spell of the machine hits all of them, so their ratios
 * stay honest, and a sample is over before the scheduler gives its core away,
 * so their medians do too. Every second round is in the other order.
 *
 * @module
 */

import { type Estimate, estimateMedian } from "../statistics/bootstrap.ts";

/** Something that can be timed. */
export interface Subject {
  /** What one repetition does, in the unit that rates count: multiply-adds, images. */
  readonly work: number;
  /** Does this many repetitions and returns the seconds they took. */
  readonly run: (repetitions: number) => number | Promise<number>;
}

/** How long {@linkcode sampleInTurn} goes on. */
export interface SamplingTarget {
  /** Seconds to sample each subject for, warm-up aside; every one gets five samples at least. */
  readonly seconds: number;
  /** Enough before that: half the width of every median's interval, as a fraction of the median. */
  readonly precision?: number | undefined;
}

/** Samples that a median needs at least, and those after which it no longer gets better. */
const MIN_ROUNDS = 5, MAX_ROUNDS = 400;
/** Rounds before the first look at the precision: few samples lie close together by chance. */
const FIRST_LOOK = 10;
/** Seconds of a sample, where a repetition is not longer. */
const SAMPLE_SECONDS = 0.002;
/** A repetition that is shorter leaves its operands in a cache, which the others' turns have emptied. */
const CACHED_SECONDS = 0.02;
/** Calibration stops here, however cheap a repetition is. */
const MAX_REPETITIONS = 1 << 20;

/** Seconds that a function takes. */
export function secondsOf(body: () => void): number {
  const start = performance.now();
  body();
  return (performance.now() - start) / 1000;
}

/** The shortest of three, which is the least disturbed. */
async function shortest(subject: Subject, repetitions: number): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < 3; i++) least = Math.min(least, await subject.run(repetitions));
  return least;
}

/** Warms a subject up and finds the repetitions that fill a sample. */
async function calibrate(subject: Subject): Promise<{ repetitions: number; warmUp: boolean }> {
  const once = await subject.run(1);
  if (once > CACHED_SECONDS && await subject.run(1) > CACHED_SECONDS) return { repetitions: 1, warmUp: false };
  let repetitions = 1;
  let taken = await shortest(subject, 1);
  while (taken < SAMPLE_SECONDS && repetitions < MAX_REPETITIONS) {
    const missing = Math.ceil(SAMPLE_SECONDS / Math.max(taken, SAMPLE_SECONDS / 16));
    repetitions = Math.min(MAX_REPETITIONS, repetitions * Math.max(2, missing));
    taken = await shortest(subject, repetitions);
  }
  return { repetitions, warmUp: true };
}

/** Half the width of an estimate's interval, as a fraction of the median. */
export function relativeError({ median, interval: [low, high] }: Estimate): number {
  return (high - low) / 2 / median;
}

/**
 * Rates of subjects that were sampled in turn, in work a second: for each
 * subject one list, of the same length, a round an index.
 */
export async function sampleInTurn(
  subjects: readonly Subject[],
  { seconds, precision = 0 }: SamplingTarget,
): Promise<number[][]> {
  const plans = [];
  for (const subject of subjects) plans.push(await calibrate(subject));
  const rates: number[][] = subjects.map(() => []);
  const end = performance.now() + 1000 * seconds * subjects.length;
  let look = FIRST_LOOK;
  for (let round = 0; round < MAX_ROUNDS && (round < MIN_ROUNDS || performance.now() < end); round++) {
    if (precision > 0 && round === look) {
      if (rates.every((each) => relativeError(estimateMedian(each)) <= precision)) break;
      look = Math.ceil(1.5 * look);
    }
    // There and back: what ran before a subject has filled the caches, and may have lowered the clock.
    const turns = round % 2 === 0 ? [...subjects.keys()] : [...subjects.keys()].reverse();
    for (const i of turns) {
      const subject = subjects[i]!, { repetitions, warmUp } = plans[i]!;
      if (warmUp) await subject.run(1);
      rates[i]!.push(repetitions * subject.work / await subject.run(repetitions));
    }
  }
  return rates;
}
