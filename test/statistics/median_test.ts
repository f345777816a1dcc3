import { assert, assertEquals } from "@std/assert";
import { median, medianAbsoluteDeviation } from "../../lib/statistics/median.ts";

Deno.test("statistics: medians of odd and even counts, whatever the order", () => {
  assertEquals(median([7, 1, 3]), 3);
  assertEquals(median([10, 1, 2, 3]), 2.5);
  assertEquals(median([4]), 4);
  assert(Number.isNaN(median([])));
  const values = [3, 1, 2];
  median(values);
  assertEquals(values, [3, 1, 2]);
});

Deno.test("statistics: one wild sample moves neither median nor deviation", () => {
  assertEquals(medianAbsoluteDeviation([1, 1, 2, 2, 4, 6, 9]), 1);
  assertEquals(medianAbsoluteDeviation([5, 5, 5]), 0);
  assertEquals(medianAbsoluteDeviation([10, 11, 12, 13, 1e9]), 1);
});
