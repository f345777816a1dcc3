import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { estimateMedian } from "../../lib/statistics/bootstrap.ts";
import { warningSchema } from "../../lib/report/bench.ts";
import { findWarnings, outlierShare, type Sampled } from "../../lib/bench/warnings.ts";
import { RandomStream } from "../../lib/random.ts";

function sampled(name: string, rates: readonly number[], isPeak = false): Sampled {
  return { name, rates, estimate: estimateMedian(rates), isPeak };
}

/** Rates that scatter by half a percent. */
function quiet(n: number, level = 1000): number[] {
  const random = new RandomStream(n, 5);
  return Array.from({ length: n }, () => level + random.below(level / 100));
}

const kinds = (...all: readonly Sampled[]) => findWarnings(all).map((each) => warningSchema.parse(each).kind);

Deno.test("warnings: a quiet run has none", () => {
  assertEquals(kinds(sampled("a", quiet(40)), sampled("peak", quiet(40), true)), []);
  assertEquals(kinds(), []);
});

Deno.test("warnings: few samples are counted", () => {
  const [warning, ...others] = findWarnings([sampled("a", quiet(5)), sampled("b", quiet(9)), sampled("c", quiet(10))]);
  assertEquals([warning!.kind, others], ["too-few-samples", []]);
  assertStringIncludes(warning!.message, "2 of 3 medians rest on fewer than 10 samples, the least on 5");
  assertStringIncludes(warning!.hint, "--seconds");
});

Deno.test("warnings: outliers and wide scatter are a noisy machine, and the worst subject is named", () => {
  assertEquals(outlierShare([10, 11, 10, 12, 11, 10, 11, 500, 11, 10]), 0.1);
  assertEquals(outlierShare([5, 5, 5, 5]), 0);
  const outliers = quiet(40).map((rate, i) => i % 5 === 0 ? rate / 4 : rate);
  const wide = Array.from({ length: 12 }, (_, i) => 1000 + 100 * (i % 7));
  const [warning] = findWarnings([sampled("fine", quiet(40)), sampled("odd", outliers), sampled("wild", wide)]);
  assertEquals(warning!.kind, "noisy-machine");
  assertStringIncludes(warning!.message, "2 of 3 subjects are disturbed; the worst is wild");
});

Deno.test("warnings: a peak that changes in the middle of the run is the clock's, another subject is not", () => {
  const slower = [...quiet(30), ...quiet(30, 900)];
  const warning = findWarnings([sampled("peak of avx2 int8", slower, true)]).at(-1)!;
  assertEquals(warning.kind, "frequency-scaling");
  assert(/the peak of avx2 int8 fell by 10 % /.test(warning.message), warning.message);
  assert(!kinds(sampled("a", slower)).includes("frequency-scaling"));
  assertEquals(kinds(sampled("peak", [...quiet(30), ...quiet(30, 980)], true)), []);
});
