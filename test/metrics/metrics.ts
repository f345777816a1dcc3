/** Values for the tests of comparisons and formats. */

import type { Measurement, Metric } from "../../lib/metrics/metric.ts";
import { sampleReport } from "../report/sample.ts";

const CONDITIONS = { "CPU": "A CPU", "ISA path": "avx2", "threads": "1" };

/** A timing with an interval of so much around it. */
export function timing(value: number, error = 0.01, changes: Partial<Metric> = {}): Metric {
  return {
    name: "train-step eoq resnet-8 batch 1",
    measure: "throughput",
    unit: "images/s",
    value,
    interval: [value * (1 - error), value * (1 + error)],
    better: "higher",
    gate: "interval",
    conditions: CONDITIONS,
    ...changes,
  };
}

/** A report of these values. */
export function measurement(...metrics: readonly Metric[]): Measurement {
  return { command: "eoq bench step", environment: sampleReport.environment, metrics };
}
