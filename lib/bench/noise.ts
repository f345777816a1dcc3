/**
 * An A/A run: the same code measured again and again as if it were another,
 * which shows what this machine cannot tell apart today.
 *
 * @module
 */

import type { Noise } from "../report/bench.ts";
import { median } from "../statistics/median.ts";
import { PASSES, smallestChange } from "../statistics/repeatability.ts";
import type { Contestant } from "./contest.ts";
import { sampleInTurn, type SamplingTarget, type Subject } from "./sampling.ts";

/** A pass takes no longer for each subject: longer ones that count scatter less, and are judged too mildly at worst. */
const MOST_SECONDS = 1;

/** A contestant that {@linkcode measureNoise} makes anew for each pass: where its operands lie is noise too. */
export type MakeSubjects = () => readonly (Subject & Partial<Pick<Contestant, "close">>)[];

/** Measures the same subjects {@linkcode PASSES} times. */
export async function measureNoise(make: MakeSubjects, { seconds }: SamplingTarget): Promise<Noise> {
  const passes: number[][] = [];
  for (let pass = 0; pass < PASSES; pass++) {
    const subjects = make();
    try {
      passes.push((await sampleInTurn(subjects, { seconds: Math.min(seconds, MOST_SECONDS) })).map(median));
    } finally {
      for (const each of subjects) await each.close?.();
    }
  }
  return { passes: PASSES, change: smallestChange(passes[0]!.map((_, i) => passes.map((pass) => pass[i]!))) };
}
