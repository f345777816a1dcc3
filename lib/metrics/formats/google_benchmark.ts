/**
 * The JSON that programs of Google Benchmark write with
 * `--benchmark_format=json`, and that its compare.py reads. A rate becomes the
 * time of one image, or of 10^9 multiply-adds.
 *
 * @module
 */

import { type Export, fullName, numbersOf } from "./export.ts";

const NANOSECONDS = 1e9;

/** The timings as medians of repetitions; other values are no benchmarks to it. */
export function googleBenchmark(document: Export): string {
  const { command, environment } = document.measurement;
  const timings = numbersOf(document).filter(({ measure }) => measure === "throughput");
  return JSON.stringify(
    {
      context: {
        executable: command,
        num_cpus: environment?.cores ?? 0,
        // What it would have to know and eoq does not measure.
        mhz_per_cpu: 0,
        cpu_scaling_enabled: false,
        caches: [],
        load_avg: [],
        library_build_type: "release",
      },
      benchmarks: timings.map((metric, i) => {
        const name = fullName(metric), time = NANOSECONDS / metric.value;
        return {
          name: `${name}_median`,
          family_index: i,
          per_family_instance_index: 0,
          run_name: name,
          run_type: "aggregate",
          repetitions: 1,
          threads: Number(metric.conditions.threads ?? 1),
          aggregate_name: "median",
          aggregate_unit: "time",
          iterations: 1,
          real_time: time,
          cpu_time: time,
          time_unit: "ns",
          items_per_second: metric.value,
          label: metric.unit,
        };
      }),
    },
    null,
    2,
  );
}
