import { assert, assertEquals } from "@std/assert";
import { z } from "zod";
import { googleBenchmark } from "../../../lib/metrics/formats/trackers.ts";
import { measurement, timing } from "../metrics.ts";
import { withFolder } from "../../eoq.ts";
import { values } from "./documents.ts";

/** What compare.py and the readers of `--benchmark_format=json` take of a benchmark. */
const schema = z.object({
  context: z.object({
    executable: z.string(),
    num_cpus: z.int(),
    mhz_per_cpu: z.number(),
    caches: z.array(z.unknown()),
  }),
  benchmarks: z.array(z.object({
    name: z.string(),
    run_name: z.string(),
    run_type: z.enum(["iteration", "aggregate"]),
    aggregate_name: z.string(),
    repetitions: z.int(),
    threads: z.int(),
    iterations: z.int(),
    real_time: z.number(),
    cpu_time: z.number(),
    time_unit: z.enum(["ns", "us", "ms", "s"]),
  })),
});

Deno.test("google-benchmark: the timings, as times", () => {
  const { benchmarks } = schema.parse(JSON.parse(googleBenchmark(values)));
  assertEquals(benchmarks.map(({ name, real_time }) => [name, real_time]), [
    ["train-step eoq resnet-8 batch 1 (avx2 x1)_median", 1e9 / 80],
    ["forward int8 (avx2 x1)_median", 2e7],
    [`<&"' ]]> a,b|c\n\u0001 (avx2 x1)_median`, 1e9 / 7],
  ]);
});

/** Where Debian's libbenchmark-tools has Google Benchmark's own comparison. */
const COMPARE = "/usr/share/benchmark/compare.py";
const hasReader = await new Deno.Command("python3", { args: [COMPARE, "--help"] }).output()
  .then(({ success }) => success, () => false);

Deno.test({
  name: "google-benchmark: Google's compare.py reads it",
  ignore: !hasReader,
  fn: () =>
    withFolder(async (folder) => {
      const files = [`${folder}/before.json`, `${folder}/now.json`];
      for (const [i, file] of files.entries()) {
        await Deno.writeTextFile(file, googleBenchmark({ measurement: measurement(timing(100 / (i + 1))) }));
      }
      const args = [COMPARE, "--no-color", "benchmarks", ...files];
      const { stdout, stderr } = await new Deno.Command("python3", { args }).output();
      const text = new TextDecoder().decode(stdout);
      assert(/batch 1 \(avx2 x1\)_median +\+1\.0000 +\+1\.0000 +10000000 +20000000 /.test(text), text + stderr);
    }),
});
