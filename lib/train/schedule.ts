/**
 * How the learning rate falls over a run, in integers, so that every machine
 * takes the same steps.
 *
 * @module
 */

import { z } from "zod";
import { FULL_RATE } from "../exec/network.ts";

const percent = z.int().min(1).max(99);

/** How the learning rate falls: in steps, or along half a cosine wave (Loshchilov and Hutter, arXiv 1608.03983). */
export type Schedule =
  | {
    readonly kind: "step";
    /** Percents of the run's images at which the rate falls, rising: 1 to 99. */
    readonly at: number[];
    /** What each fall divides the rate by: 2 to 1024. */
    readonly divisor: number;
  }
  | { readonly kind: "cosine" };

/** Schema of {@linkcode Schedule}. */
export const scheduleSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("step"),
    at: z.array(percent).max(16).refine((at) => at.every((each, i) => i === 0 || at[i - 1]! < each), {
      message: "must rise",
    }).describe("percents of the run's images at which the rate falls, rising"),
    divisor: z.int().min(2).max(1024).describe("what each fall divides the rate by"),
  }),
  z.strictObject({ kind: z.literal("cosine") }),
]) satisfies z.ZodType<Schedule>;

/** A quarter at 50, 75 and 90 % of the images. */
export const DEFAULT_SCHEDULE: Schedule = { kind: "step", at: [50, 75, 90], divisor: 4 };

/**
 * Factor of the first learning rate once `images` of `total` training images
 * have been seen, in steps of 2^-16: {@linkcode FULL_RATE} at the start, never below 1.
 */
export function rateAt(schedule: Schedule, images: number, total: number): number {
  const rate = schedule.kind === "cosine"
    ? cosineRate(images, total)
    : Math.floor(FULL_RATE / schedule.divisor ** fallsAt(schedule.at, images, total));
  return Math.max(1, rate);
}

/** Most steps of a warm-up: a rate times as many is exact. */
export const LONGEST_WARMUP = 1_000_000;

/**
 * A rate during a warm-up (Goyal et al., arXiv 1706.02677, section 2.2, by the
 * step): it rises linearly over the first `warmup` steps, the last of which has
 * the whole rate. Never below 1.
 *
 * @param step Steps done before this one.
 * @param warmup Steps of the warm-up, 0 for none.
 */
export function warmedUp(rate: number, step: number, warmup: number): number {
  return step + 1 >= warmup ? rate : Math.max(1, Math.floor(rate * (step + 1) / warmup));
}

function fallsAt(percents: readonly number[], images: number, total: number): number {
  return percents.filter((percent) => images * 100 >= total * percent).length;
}

/** Fixed point of the cosine: its error stays below 2^-52, so only the last rounding counts. */
const ONE = 1n << 60n;
/** floor(pi * 2^60). */
const PI = 3622009729038561421n;

/** 2^16 * (1 + cos(pi * images / total)) / 2 to nearest, by Taylor's series in fixed point. */
function cosineRate(images: number, total: number): number {
  const x = PI * BigInt(images) / BigInt(total);
  const square = x * x / ONE;
  let term = ONE;
  let sum = ONE + term;
  for (let n = 1n; term !== 0n; n += 2n) {
    term = -term * square / ONE / (n * (n + 1n));
    sum += term;
  }
  return Number((sum + (1n << 44n)) >> 45n);
}
