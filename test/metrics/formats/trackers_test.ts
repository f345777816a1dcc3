import { assertAlmostEquals, assertEquals } from "@std/assert";
import { z } from "zod";
import { bmf, githubActionBenchmark } from "../../../lib/metrics/formats/trackers.ts";
import { compared, values } from "./documents.ts";

const NAMES = [
  "train-step eoq resnet-8 batch 1 (avx2 x1)",
  "forward int8 (avx2 x1)",
  "eoq / bn-fp32 (avx2 x1)",
  "memory (avx2 x1)",
  "eoq test accuracy",
  `<&"' ]]> a,b|c\n\u0001 (avx2 x1)`,
];

/** The fields that the action's extractCustomBenchmarkResult takes, with the types of its BenchmarkResult. */
const githubSchema = z.array(z.strictObject({
  name: z.string().min(1),
  unit: z.string().min(1),
  value: z.number(),
  range: z.string().optional(),
  extra: z.string().optional(),
}));

Deno.test("github-action-benchmark: entries of customSmallerIsBetter, rates as times", () => {
  const entries = githubSchema.parse(JSON.parse(githubActionBenchmark(values)));
  assertEquals(entries.map(({ name, unit, value, range }) => [name, unit, value, range]), [
    [NAMES[0], "ms/image", 12.5, "± 0.125"],
    [NAMES[1], "ms/GMAC", 20, undefined],
    [NAMES[2], "of the other's time", 0.5, "± 0.333"],
    [NAMES[3], "bytes", 4096, "± 1.02e+3"],
    [NAMES[4], "test error", 0.25, undefined],
    [NAMES[5], "ms/image", 1000 / 7, "± 0.00"],
  ]);
});

/** The JSON Schema that Bencher publishes as https://bencher.dev/bmf.json, with its limits on the length of names. */
const bmfSchema = z.record(
  z.string().min(1).max(1024),
  z.record(
    z.string().min(1).max(64),
    z.object({ value: z.number(), lower_value: z.number().optional(), upper_value: z.number().optional() }),
  ),
);

Deno.test("bmf: a measure a benchmark, with the bounds that are known", () => {
  const benchmarks = bmfSchema.parse(JSON.parse(bmf(values)));
  assertEquals(Object.keys(benchmarks), NAMES);
  assertEquals(benchmarks[NAMES[1]!], { throughput: { value: 50 } });
  const { value, lower_value, upper_value } = benchmarks[NAMES[0]!]!.throughput!;
  assertEquals(value, 80);
  assertAlmostEquals(lower_value!, 79.2);
  assertAlmostEquals(upper_value!, 80.8);
  assertEquals(Object.keys(benchmarks[NAMES[3]!]!), ["memory"]);
});

Deno.test("trackers: a baseline changes nothing, they have their own", () => {
  assertEquals(bmf(compared), bmf(values));
  assertEquals(githubActionBenchmark(compared), githubActionBenchmark(values));
});
