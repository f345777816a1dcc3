import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { measureNoise } from "../../lib/bench/noise.ts";

Deno.test("noise: subjects are made anew for each of five passes and closed, and their medians are what scatters", async () => {
  const log: string[] = [];
  let pass = 0;
  const noise = await measureNoise(() => {
    // Rates of 90, 100, 110, 90 and 100, which no pass knows of another's.
    const rate = 90 + 10 * (pass++ % 3);
    log.push("made");
    return [{ work: 1, run: (repetitions) => repetitions / rate, close: () => void log.push("closed") }];
  }, { seconds: 0 });
  assertEquals(log, Array.from({ length: 5 }, () => ["made", "closed"]).flat());
  assertEquals(noise.passes, 5);
  const logs = [90, 100, 110, 90, 100].map(Math.log), mean = logs.reduce((sum, each) => sum + each) / 5;
  const variance = logs.reduce((sum, each) => sum + (each - mean) ** 2, 0) / 4;
  assertAlmostEquals(noise.change, 1 - Math.exp(-2.776 * Math.sqrt(2 * variance)), 1e-9);
});

Deno.test("noise: what is closed is closed though a pass fails", async () => {
  let closed = 0;
  const failing = {
    work: 1,
    run: () => {
      throw new Error("out of cheese");
    },
    close: () => void closed++,
  };
  const failed = await measureNoise(() => [failing], { seconds: 0 }).then(() => false, () => true);
  assert(failed);
  assertEquals(closed, 1);
});
