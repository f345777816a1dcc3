import { assert, assertEquals } from "@std/assert";
import { formatCourses } from "../../lib/report/course.ts";
import { condense, sparkline } from "../../lib/terminal/sparkline.ts";
import { sampleResult } from "./sample.ts";

Deno.test("sparkline: from the lowest bar to the highest, cut beyond", () => {
  assertEquals(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 0, 7), "▁▂▃▄▅▆▇█");
  assertEquals(sparkline([-5, 0.49, 0.5, 1, 50, NaN], 0, 1), "▁▄▅██ ");
  assertEquals(sparkline([3, 3], 3, 3), "▅▅");
});

Deno.test("sparkline: many values become means of equal parts", () => {
  assertEquals(condense([1, 2, 3], 5), [1, 2, 3]);
  assertEquals(condense([1, 3, 5, 7, 2, 2], 3), [2, 6, 2]);
  assertEquals(condense([1, 2, 3, 4, 5], 2), [1.5, 4]);
});

/** A run whose loss halves from epoch to epoch. */
function run(method: "eoq" | "bn-fp32", epochs: number, tested: boolean) {
  const history = Array.from({ length: epochs }, (_, i) => ({
    epoch: i + 1,
    trainLoss: 2 ** -i,
    trainAccuracy: 1 - 2 ** -i,
    ...(tested && { testAccuracy: i / epochs }),
  }));
  return { ...sampleResult(method), history };
}

Deno.test("courses: loss and accuracy of each method on one scale", () => {
  assertEquals(formatCourses([run("eoq", 4, false), run("bn-fp32", 2, false)], 80), [
    "training loss      eoq       1.000  █▄▂▁    0.125",
    "                   bn-fp32   1.000    █▄    0.500",
    "training accuracy  eoq      0.00 %  ▁▅▇█  87.50 %",
    "                   bn-fp32  0.00 %    ▁▅  50.00 %",
  ]);
});

Deno.test("courses: within the width, and none of single epochs", () => {
  for (const width of [60, 80, 120]) {
    const lines = formatCourses([run("eoq", 200, true), run("bn-fp32", 200, true)], width);
    assert(lines.every((line) => line.length <= width), lines.join("\n"));
    assert(lines[2]!.startsWith("test accuracy"));
  }
  assertEquals(formatCourses([run("eoq", 1, true)], 80), []);
  const [, second] = formatCourses([run("eoq", 2, true), { ...run("eoq", 2, true), seed: 7 }], 80);
  assert(second!.includes(" eoq, seed 7 "), second);
});
