import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { RandomStream } from "../../lib/random.ts";
import { estimateMedian } from "../../lib/statistics/bootstrap.ts";
import { independentRatio } from "../../lib/statistics/ratio.ts";
import { normal } from "../normal.ts";

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
