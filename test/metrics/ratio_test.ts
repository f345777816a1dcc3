import { assertAlmostEquals, assertEquals } from "@std/assert";
import { ratioToBaseline } from "../../lib/metrics/ratio.ts";
import { independentRatio } from "../../lib/statistics/ratio.ts";
import { timing } from "./metrics.ts";

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
