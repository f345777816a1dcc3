/**
 * Formats of programs that track benchmarks over time: they take numbers alone.
 *
 * @module
 */

import { fullName } from "../metric.ts";
import type { Export } from "./export.ts";
import type { Metric } from "../metric.ts";

/** A value that is a number. */
type NumberMetric = Metric & { readonly value: number };

/** The values that are numbers. */
function numbersOf({ measurement }: Export): NumberMetric[] {
  return measurement.metrics.filter((metric): metric is NumberMetric => typeof metric.value === "number");
}

/** The values as Bencher Metric Format: an object of benchmarks, each an object of measures (https://bencher.dev/bmf.json). */
export function bmf(document: Export): string {
  const entries = numbersOf(document).map((metric) => {
    const { measure, value, interval } = metric;
    const bounds = interval === null ? {} : { lower_value: interval[0], upper_value: interval[1] };
    return [fullName(metric), { [measure]: { value, ...bounds } }];
  });
  return JSON.stringify(Object.fromEntries(entries), null, 2);
}

/** An entry of github-action-benchmark. */
interface Entry {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly range?: string;
}

/** Milliseconds of what a rate counts: `images/s` is `ms/image`. */
const INVERTED: Readonly<Record<string, { readonly unit: string; readonly scale: number }>> = {
  "images/s": { unit: "ms/image", scale: 1000 },
  "GMAC/s": { unit: "ms/GMAC", scale: 1000 },
  "times": { unit: "of the other's time", scale: 1 },
};

function turn({ measure, unit, value, better }: NumberMetric): { unit: string; turned: (value: number) => number } {
  if (measure === "accuracy") return { unit: "test error", turned: (accuracy) => 1 - accuracy };
  if (better === "lower") return { unit: unit || measure, turned: (each) => each };
  const inverted = INVERTED[unit];
  if (inverted === undefined) throw new TypeError(`no smaller-is-better form of ${value} ${unit}`);
  return { unit: inverted.unit, turned: (rate) => inverted.scale / rate };
}

function entry(metric: NumberMetric): Entry {
  const { unit, turned } = turn(metric);
  const { interval, value } = metric;
  const range = interval && `± ${(Math.abs(turned(interval[0]) - turned(interval[1])) / 2).toPrecision(3)}`;
  return { name: fullName(metric), unit, value: turned(value), ...(range !== null && { range }) };
}

/**
 * The values as benchmark-action/github-action-benchmark takes them with the
 * tool `customSmallerIsBetter`. One file has one direction, so rates become times.
 */
export function githubActionBenchmark(document: Export): string {
  return JSON.stringify(numbersOf(document).map(entry), null, 2);
}

const NANOSECONDS = 1e9;

/**
 * The JSON that programs of Google Benchmark write with
 * `--benchmark_format=json`, and that its compare.py reads: timings as medians
 * of repetitions, as other values are no benchmarks to it. A rate becomes the
 * time of one image, or of 10^9 multiply-adds.
 */
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
