import { assert, assertEquals } from "@std/assert";
import { estimateMedian, estimateRatio } from "../../lib/statistics/bootstrap.ts";
import { median } from "../../lib/statistics/median.ts";
import { RandomStream } from "../../lib/random.ts";
import { normal } from "../normal.ts";

/** The share of so many experiments whose interval holds the true median. */
function coverage(experiments: number, truth: number, samples: (random: RandomStream) => number[]): number {
  let held = 0;
  for (let i = 0; i < experiments; i++) {
    const { interval: [low, high] } = estimateMedian(samples(new RandomStream(i, 77)));
    if (low <= truth && truth <= high) held++;
  }
  return held / experiments;
}

Deno.test("bootstrap: the median is the median, and its interval lies among the samples around it", () => {
  for (let n = 1; n <= 40; n++) {
    const random = new RandomStream(n, 1);
    const samples = Array.from({ length: n }, () => 1 + random.below(50));
    const { median: center, interval: [low, high] } = estimateMedian(samples);
    assertEquals(center, median(samples));
    assert(
      Math.min(...samples) <= low && low <= center && center <= high && high <= Math.max(...samples),
      `${samples}`,
    );
  }
  assertEquals(estimateMedian([7]), { median: 7, interval: [7, 7] });
  assertEquals(estimateMedian([3, 3, 3, 3, 3, 3, 900]), { median: 3, interval: [3, 3] });
});

Deno.test("bootstrap: every resample is counted as sorting it would count it", () => {
  // Blocks are one sample long up to 26: a plain bootstrap in plain code.
  const samples = [5, 1, 4, 2, 8, 3];
  const random = new RandomStream(1, samples.length);
  const medians = Array.from({ length: 1000 }, () => median(samples.map(() => samples[random.below(6)]!)));
  medians.sort((a, b) => a - b);
  assertEquals(estimateMedian(samples).interval, [medians[25]!, medians[974]!]);
});

Deno.test("bootstrap: the same samples have the same interval, more samples a narrower one", () => {
  const draw = (n: number) => Array.from({ length: n }, normal(new RandomStream(3, 3)));
  assertEquals(estimateMedian(draw(100)), estimateMedian(draw(100)));
  const widths = [20, 80, 320].map((n) => estimateMedian(draw(n)).interval).map(([low, high]) => high - low);
  assert(widths[0]! > widths[1]! && widths[1]! > widths[2]!, `${widths}`);
});

Deno.test("bootstrap: 95 % of the intervals hold the true median", () => {
  const independent = (n: number) => (random: RandomStream) => Array.from({ length: n }, normal(random));
  // As of timings: a floor, and delays above it.
  const skewed = (random: RandomStream) => Array.from({ length: 60 }, normal(random)).map((each) => Math.exp(each));
  for (
    const [law, share] of Object.entries({
      few: coverage(200, 0, independent(10)),
      many: coverage(200, 0, independent(100)),
      skewed: coverage(200, 1, skewed),
    })
  ) assert(share > 0.91 && share < 0.99, `${law}: ${share}`);
});

Deno.test("bootstrap: slow spells that last make the interval wider than samples one by one would", () => {
  const spells = (random: RandomStream) => {
    const draw = normal(random);
    let spell = draw();
    return Array.from({ length: 200 }, () => spell = 0.6 * spell + 0.8 * draw());
  };
  const shuffled = (random: RandomStream) => {
    const samples = spells(random);
    for (let i = samples.length - 1; i > 0; i--) {
      const j = random.below(i + 1);
      [samples[i], samples[j]] = [samples[j]!, samples[i]!];
    }
    return samples;
  };
  const [together, apart] = [coverage(150, 0, spells), coverage(150, 0, shuffled)];
  assert(together > 0.86 && together > apart + 0.08, `${together} ${apart}`);
});

Deno.test("bootstrap: a ratio is taken pair by pair, whatever the machine does to both", () => {
  // Both are slow in the second round: pair by pair the first is always twice as fast.
  assertEquals(estimateRatio([20, 2, 20], [10, 1, 10]), { median: 2, interval: [2, 2] });
  assertEquals(estimateRatio([8, 3, 9], [2, 1, 9]).median, 3);
  const random = new RandomStream(9, 9);
  const speed = Array.from({ length: 100 }, () => 1 + random.below(100));
  assertEquals(estimateRatio(speed.map((each) => 3 * each), speed), { median: 3, interval: [3, 3] });
});
