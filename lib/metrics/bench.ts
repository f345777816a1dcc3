/**
 * The values of a report of `eoq bench`.
 *
 * @module
 */

import { type Arithmetic, METHODS, TRAITS } from "../exec/methods.ts";
import type { BenchReport, PeakRow, RatioRow, Row } from "../report/bench.ts";
import { sameSetting, type Setting } from "../report/setting.ts";
import type { Metric } from "./metric.ts";

/** A peak of memory repeats within so much of it: ten processes of two methods lay within 0.6 %. */
const MEMORY_ERROR = 0.01;

/** What timings of the same work depend on. */
export function machineConditions(cpu: string, { isa, threads }: Setting): Metric["conditions"] {
  return { "CPU": cpu, "ISA path": isa, "threads": `${threads}` };
}

/** The arithmetic of a row: that of the method that its variant begins with, else of the types that it multiplies. */
function arithmeticOf(variant: string): Arithmetic {
  const method = METHODS.find((each) => variant.split(" ")[0] === each);
  if (method !== undefined) return TRAITS[method].arithmetic;
  return variant.startsWith("fp32") ? "fp32" : "int8";
}

/** A timed row. What peers do is not eoq's to answer for. */
export function rowMetric(row: Row, cpu: string, peaks: readonly PeakRow[]): Metric {
  const { subject, phase, shape, unit, median, interval } = row;
  const arithmetic = arithmeticOf(row.variant);
  const control = peaks.find((peak) => peak.arithmetic === arithmetic && sameSetting(peak, row));
  return {
    name: `${phase} ${subject === "eoq" ? "" : `${subject} `}${shape}`,
    measure: "throughput",
    unit,
    value: median,
    interval,
    better: "higher",
    gate: subject === "eoq" ? "interval" : "none",
    conditions: machineConditions(cpu, row),
    ...(control && { control: { median: control.median, interval: control.interval } }),
  };
}

/** A peak is judged where nothing else is timed; elsewhere it is what rates are held to. */
function peakMetric(peak: PeakRow, cpu: string, gate: Metric["gate"]): Metric {
  return {
    name: `peak ${peak.arithmetic}`,
    measure: "throughput",
    unit: peak.unit,
    value: peak.median,
    interval: peak.interval,
    better: "higher",
    gate,
    conditions: machineConditions(cpu, peak),
  };
}

function ratioMetric({ phase, shape, of, to, median, interval }: RatioRow, cpu: string): Metric {
  const [over, under] = [of, to].map(({ subject, variant, isa, threads }) =>
    `${subject === "eoq" ? "" : `${subject} `}${variant} ${isa} x${threads}`
  );
  return {
    name: `${phase} ${shape}: ${over} / ${under}`,
    measure: "ratio",
    unit: "times",
    value: median,
    interval,
    better: "higher",
    gate: "none",
    conditions: machineConditions(cpu, of),
  };
}

/** Everything that was timed, and the memory, in the report's order. */
export function benchMetrics({ benchmark, environment, peaks, rows, ratios, memory }: BenchReport): Metric[] {
  const { cpu } = environment;
  return [
    ...peaks.map((peak) => peakMetric(peak, cpu, benchmark === "peak" ? "interval" : "none")),
    ...rows.map((row) => rowMetric(row, cpu, peaks)),
    ...ratios.map((ratio) => ratioMetric(ratio, cpu)),
    ...memory.map(({ subject, method, batch, peakBytes }): Metric => ({
      name: `training memory ${subject === "eoq" ? "" : `${subject} `}${method} batch ${batch}`,
      measure: "memory",
      unit: "bytes",
      value: peakBytes,
      interval: [peakBytes * (1 - MEMORY_ERROR), peakBytes * (1 + MEMORY_ERROR)],
      better: "lower",
      gate: subject === "eoq" ? "interval" : "none",
      conditions: { "CPU": cpu, "operating system": environment.os },
    })),
  ];
}
