import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { estimateMedian } from "../../lib/statistics/bootstrap.ts";
import { RandomStream } from "../../lib/random.ts";
import { independentRatio, ratioToBaseline } from "../../lib/metrics/ratio.ts";
import { normal } from "../normal.ts";
import { timing } from "./metrics.ts";

Deno.test("ratio: exact values have an exact ratio, and the errors of two sides add up as squares", () => {
  assertEquals(independentRatio({ median: 6, interval: [6, 6] }, { median: 4, interval: [4, 4] }), {
    value: 1.5,
    interval: [1.5, 1.5],
  });
  const three = { median: 1, interval: [Math.exp(-3), Math.exp(3)] } as const;
  const four = { median: 1, interval: [Math.exp(-4), Math.exp(4)] } as const;
  const { interval: [low, high] } = independentRatio(
    { ...three, interval: [...three.interval] },
    { ...four, interval: [...four.interval] },
  );
  assertAlmostEquals(Math.log(low), -5);
  assertAlmostEquals(Math.log(high), 5);
});

Deno.test("ratio: 95 % of the intervals hold the true ratio of two runs", () => {
  let held = 0;
  const experiments = 200;
  for (let i = 0; i < experiments; i++) {
    const draw = normal(new RandomStream(i, 5));
    const run = (level: number) => estimateMedian(Array.from({ length: 40 }, () => level * Math.exp(0.1 * draw())));
    const { interval: [low, high] } = independentRatio(run(300), run(200));
    if (low <= 1.5 && 1.5 <= high) held++;
  }
  assert(held / experiments > 0.9 && held / experiments < 0.99, `${held}`);
});

Deno.test("ratio: above one is better, for a rate and for a memory", () => {
  assertEquals(ratioToBaseline(timing(120), timing(100))!.value, 1.2);
  const bytes = { better: "lower" } as const;
  assertEquals(ratioToBaseline(timing(100, 0.01, bytes), timing(120, 0.01, bytes))!.value, 1.2);
  assertEquals(ratioToBaseline(timing(120, 0, { interval: null }), timing(100)), undefined);
  assertEquals(ratioToBaseline(timing(120), timing(100, 0, { interval: null })), undefined);
});

Deno.test("ratio: what the machine's own peak changed widens the interval to both sides of the doubt", () => {
  const peak = (median: number) => ({ control: { median, interval: [median, median] as [number, number] } });
  const ratio = (now: number, before: number) =>
    ratioToBaseline(timing(88, 0, peak(now)), timing(100, 0, peak(before)))!;
  // A machine that is as much slower as the rate explains all of it; a faster one none.
  assertEquals(ratio(44, 50), { value: 0.88, interval: [0.88, 1] });
  assertEquals(ratio(50, 50).interval, [0.88, 0.88]);
  assertAlmostEquals(ratio(55, 50).interval[0], 0.8);
  assertAlmostEquals(ratio(55, 50).interval[1], 0.88);
});

Deno.test("ratio: two runs differ by more than their samples do", () => {
  const { value, interval: [low, high] } = ratioToBaseline(timing(90, 0.1), timing(100, 0.2))!;
  const one = independentRatio({ median: 90, interval: [81, 99] }, { median: 100, interval: [80, 120] });
  assertEquals(value, 0.9);
  assertAlmostEquals(Math.log(low / value), 2 * Math.log(one.interval[0] / one.value));
  assertAlmostEquals(Math.log(high / value), 2 * Math.log(one.interval[1] / one.value));
});
