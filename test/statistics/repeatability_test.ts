import { assert, assertAlmostEquals } from "@std/assert";
import { RandomStream } from "../../lib/random.ts";
import { PASSES, smallestChange } from "../../lib/statistics/repeatability.ts";

/** A normal deviate: twelve uniform ones have a variance of one. */
function deviate(random: RandomStream): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random.below(1 << 20) / (1 << 20);
  return sum;
}

Deno.test("repeatability: what never differs shows any change; a known scatter is worth 2.776 times its root of two", () => {
  assertAlmostEquals(smallestChange([[7, 7, 7, 7, 7]]), 0, 1e-12);
  const scatter = 0.01, values = [-1, -1, 0, 1, 1].map((each) => 50 * Math.exp(scatter * each));
  assertAlmostEquals(smallestChange([values]), 1 - Math.exp(-2.776 * Math.SQRT2 * scatter), 1e-12);
  // Variances of subjects are averaged, whatever their rates.
  const still = values.map(() => 3);
  assertAlmostEquals(smallestChange([values, still]), 1 - Math.exp(-2.776 * scatter), 1e-12);
});

Deno.test("repeatability: two measurements of the same thing seldom differ by more", () => {
  const random = new RandomStream(1, 1), trials = 4000;
  const measure = () => 1000 * Math.exp(0.03 * deviate(random));
  let lower = 0;
  for (let i = 0; i < trials; i++) {
    const change = smallestChange([Array.from({ length: PASSES }, measure)]);
    if (measure() / measure() < 1 - change) lower++;
  }
  // 2.5 % are expected; the standard error of the count is 0.25 %.
  assert(lower / trials > 0.015 && lower / trials < 0.035, `${lower / trials}`);
});
