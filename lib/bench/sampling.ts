/**
 * Timing of several subjects side by side. They take turns, one sample each a
 * round, so that a slow spell of the machine hits all of them and their ratios
 * stay honest.
 *
 * @module
 */

/** Something that can be timed. */
export interface Subject {
  /** What one repetition does, in the unit that rates count: multiply-adds, images. */
  readonly work: number;
  /** Does this many repetitions and returns the seconds they took. */
  readonly run: (repetitions: number) => number | Promise<number>;
}

/** Samples that a median needs at least. */
const MIN_ROUNDS = 5;
/** Samples after which a median no longer gets better. */
const MAX_ROUNDS = 400;
/** A sample is this share of the time a subject may take, so that an interrupted one is one of many. */
const SAMPLES_A_BUDGET = 25;
/** Calibration stops here, however cheap a repetition is. */
const MAX_REPETITIONS = 1 << 20;

/** Seconds that a function takes. */
export function secondsOf(body: () => void): number {
  const start = performance.now();
  body();
  return (performance.now() - start) / 1000;
}

/** Warms a subject up and finds the repetitions that fill a sample of about `seconds`. */
async function calibrate(subject: Subject, seconds: number): Promise<number> {
  await subject.run(1);
  let repetitions = 1;
  for (;;) {
    const taken = Math.max(await subject.run(repetitions), 1e-9);
    if (taken >= seconds / 2 || repetitions >= MAX_REPETITIONS) {
      return Math.max(1, Math.min(MAX_REPETITIONS, Math.round(repetitions * seconds / taken)));
    }
    repetitions *= Math.min(16, Math.max(2, Math.ceil(seconds / taken)));
  }
}

/**
 * Rates of subjects that were sampled in turn, in work a second: for each
 * subject one list, of the same length, a round an index.
 *
 * @param seconds Time to sample each subject for, warm-up aside; every one gets five samples at least.
 */
export async function sampleInTurn(subjects: readonly Subject[], seconds: number): Promise<number[][]> {
  const repetitions: number[] = [];
  for (const subject of subjects) repetitions.push(await calibrate(subject, seconds / SAMPLES_A_BUDGET));
  const rates: number[][] = subjects.map(() => []);
  const end = performance.now() + 1000 * seconds * subjects.length;
  for (let round = 0; round < MAX_ROUNDS && (round < MIN_ROUNDS || performance.now() < end); round++) {
    for (const [i, subject] of subjects.entries()) {
      rates[i]!.push(repetitions[i]! * subject.work / await subject.run(repetitions[i]!));
    }
  }
  return rates;
}
