/**
 * The values of a report of `eoq compare` or `eoq train`.
 *
 * @module
 */

import { type Estimate, estimateMedian } from "../statistics/bootstrap.ts";
import { median } from "../statistics/median.ts";
import { type Method, TRAITS } from "../exec/methods.ts";
import type { Report, Result } from "../report/run.ts";
import { summarise } from "../statistics/spread.ts";
import { accuracyOf, measuredOf } from "../train/measured.ts";
import { machineConditions } from "./bench.ts";
import { fact, type Metric } from "./metric.ts";

/** Rates of fewer epochs do not tell their error. */
const FEWEST_RATES = 5;

/** Keys of a configuration that are in the names, or that say where and not what: the rest must be alike. */
const NAMED = new Set(["method", "model", "dataset", "batch", "seed", "seeds", "data"]);

/** What the result of a method depends on; the recipe is that of methods that take one. */
function configConditions(config: Report["config"], method: Method): Metric["conditions"] {
  return Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => !NAMED.has(key) && (key !== "recipe" || TRAITS[method].takesRecipe))
      .map(([key, value]) => [key, JSON.stringify(value)]),
  );
}

/** Images per second of each epoch of a run. */
function epochRates({ history, images }: Result): number[] {
  const ends = history.map(({ seconds }) => seconds);
  return ends.flatMap((end, i) => {
    const seconds = (end ?? NaN) - (i === 0 ? 0 : ends[i - 1] ?? NaN);
    return seconds > 0 ? [images / history.length / seconds] : [];
  });
}

/** The median of rates, with an interval where they are enough for one. */
function estimate(rates: readonly number[]): Pick<Estimate, "median"> & { interval: Estimate["interval"] | null } {
  return rates.length < FEWEST_RATES ? { median: median(rates), interval: null } : estimateMedian(rates);
}

function rateMetric(name: string, rates: readonly number[], conditions: Metric["conditions"]): Metric {
  const { median: value, interval } = estimate(rates);
  return {
    name,
    measure: "throughput",
    unit: "images/s",
    value,
    interval,
    better: "higher",
    gate: "interval",
    conditions,
  };
}

/** The values of the runs of one method, a run a seed. */
function methodMetrics(runs: readonly Result[], { environment, config }: Report): Metric[] {
  const first = runs[0]!;
  const { method, model, dataset, batch, operations, bytes } = first;
  const name = `${method} ${model} ${dataset} batch ${batch}`;
  const inConfig = configConditions(config, method);
  // Integers come out the same on every path; sums of floats depend on the vector's width.
  const exactly = TRAITS[method].arithmetic === "fp32" ? { ...inConfig, "ISA path": environment.isa.path } : inConfig;
  const timed = {
    ...inConfig,
    ...machineConditions(environment.cpu, { isa: environment.isa.path, threads: environment.threads }),
  };
  const { mean } = summarise(runs.map((run) => accuracyOf(run)!));
  const measured = measuredOf(first);
  const rates = runs.flatMap(epochRates);
  const seeds = runs.map(({ seed }) => seed).join();
  return [
    {
      ...fact({
        name: `${name} mean ${measured} accuracy`,
        measure: "accuracy",
        unit: "",
        value: mean,
        conditions: {},
      }),
      better: "higher",
      gate: "none",
      conditions: { ...exactly, seeds },
    },
    ...runs.flatMap((run) => [
      fact({
        name: `${name} seed ${run.seed} ${measured} accuracy`,
        measure: "accuracy",
        unit: "",
        value: accuracyOf(run)!,
        better: "higher",
        conditions: exactly,
      }),
      fact({
        name: `${name} seed ${run.seed} weights SHA-256`,
        measure: "weights",
        unit: "",
        value: run.weightsSha256,
        conditions: exactly,
      }),
    ]),
    ...runs.flatMap(({ seed, averaged }) =>
      averaged === undefined ? [] : [
        fact({
          name: `${name} seed ${seed} ${measured} accuracy of averaged weights`,
          measure: "accuracy",
          unit: "",
          value: averaged.accuracy,
          better: "higher",
          conditions: exactly,
        }),
        fact({
          name: `${name} seed ${seed} averaged weights SHA-256`,
          measure: "weights",
          unit: "",
          value: averaged.weightsSha256,
          conditions: exactly,
        }),
      ]
    ),
    rateMetric(
      `${name} training`,
      rates.length < FEWEST_RATES ? runs.map((run) => run.trainImagesPerSecond) : rates,
      timed,
    ),
    rateMetric(`${name} inference`, runs.map((run) => run.inferenceImagesPerSecond), timed),
    ...Object.entries(operations ?? {}).map(([kind, value]: [string, number]) =>
      fact({
        name: `${name} ${kind} per image`,
        measure: "operations",
        unit: "operations",
        value,
        conditions: inConfig,
      })
    ),
    ...Object.entries(bytes).map(([kind, value]: [string, number]) =>
      fact({ name: `${name} ${kind}`, measure: "memory", unit: "bytes", value, conditions: inConfig })
    ),
  ];
}

/** All values, method by method. */
export function trainingMetrics(report: Report): Metric[] {
  const methods = [...new Set(report.results.map(({ method }) => method))];
  return methods.flatMap((method) => methodMetrics(report.results.filter((each) => each.method === method), report));
}
