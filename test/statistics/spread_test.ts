import { assertAlmostEquals, assertEquals } from "@std/assert";
import { standardError, summarise } from "../../lib/statistics/spread.ts";

Deno.test("statistics: mean, sample deviation and standard error", () => {
  const summary = summarise([2, 4, 4, 4, 5, 5, 7, 9]);
  assertEquals([summary.n, summary.mean], [8, 5]);
  assertAlmostEquals(summary.deviation!, Math.sqrt(32 / 7));
  assertAlmostEquals(standardError(summary)!, Math.sqrt(32 / 7 / 8));
  assertEquals(summarise([3]), { n: 1, mean: 3, deviation: null });
  assertEquals(standardError(summarise([3])), null);
});
