import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { logTicks } from "../../lib/page/charts/log_ticks.ts";

Deno.test("log ticks: round numbers, more of them where there is room", () => {
  assertEquals(logTicks([0.9, 110], 8), [1, 2, 5, 10, 20, 50, 100]);
  assertEquals(logTicks([0.9, 110], 4), [1, 10, 100]);
  assertEquals(logTicks([0.7, 1.4], 8), [0.7, 0.8, 0.9, 1, 1.2]);
  assertEquals(logTicks([1e-6, 1e6], 5), [1e-6, 0.001, 1, 1000, 1e6]);
});

Deno.test("log ticks: within the axis, rising, and no more than asked for", () => {
  const range = fc.tuple(fc.double({ min: -9, max: 9, noNaN: true }), fc.double({ min: 0.05, max: 18, noNaN: true }));
  fc.assert(fc.property(range, fc.integer({ min: 2, max: 12 }), ([low, decades], most) => {
    const axis = [10 ** low, 10 ** (low + decades)] as const;
    const ticks = logTicks(axis, most);
    assert(ticks.length <= most);
    ticks.forEach((tick, i) => assert(tick >= axis[0] && tick <= axis[1] && (i === 0 || tick > ticks[i - 1]!)));
  }));
});
