/**
 * The roofline of a machine, from its peaks and its bandwidth, and measured
 * steps beside what it allows.
 *
 * @module
 */

import { countOperations, countTraffic } from "../count/count.ts";
import { boundOf, type Machine } from "../count/roofline.ts";
import { joinWork } from "../count/work.ts";
import { METHODS } from "../exec/methods.ts";
import type { Library } from "../native/library.ts";
import type { Plan } from "../plan/plan.ts";
import type { Environment } from "../report/run.ts";
import { openStream } from "./bandwidth.ts";
import { peaksOf } from "./contest.ts";
import { sampleInTurn } from "./sampling.ts";
import type { BenchReport, BoundRow, Row } from "../report/bench.ts";
import { sameSetting, type Setting } from "../report/setting.ts";
import { median } from "../statistics/median.ts";

/** What the measured numbers are called. */
function machineOf(
  { cpu }: Environment,
  { isa, threads }: Setting,
  gigaMacs: Machine["gigaMacs"],
  gigabytes: number,
): Machine {
  return { schemaVersion: 1, name: cpu, source: `measured: ${isa}, threads ${threads}`, gigaMacs, gigabytes };
}

/** Measures the path and threads that the library runs with. */
export async function measureMachine(library: Library, environment: Environment, seconds: number): Promise<Machine> {
  const setting = { isa: library.isa, threads: library.threads };
  using stream = openStream(library, setting.threads);
  const rates = await sampleInTurn([...peaksOf(library, [setting]), stream], { seconds });
  const [int8, fp32, gigabytes] = rates.map(median) as [number, number, number];
  return machineOf(environment, setting, { int8, fp32 }, gigabytes);
}

/** What a report says of a machine. */
type Rates = Pick<BenchReport, "peaks" | "bandwidth" | "environment">;

/** The setting of a report's roofline: the best path, with the first number of threads. */
function bestSetting({ peaks }: Rates): Setting | undefined {
  return peaks.find(({ isa }) => isa === peaks.at(-1)?.isa);
}

/** The machine that a report has measured; none where it lacks peaks or bandwidth. */
export function machineOfReport(report: Rates, setting = bestSetting(report)): Machine | undefined {
  if (setting === undefined) return undefined;
  const { peaks, bandwidth, environment } = report;
  const peak = (arithmetic: "int8" | "fp32") =>
    peaks.find((each) => sameSetting(each, setting) && each.arithmetic === arithmetic);
  const int8 = peak("int8"), fp32 = peak("fp32"), stream = bandwidth.find(({ threads }) => threads === setting.threads);
  if (int8 === undefined || fp32 === undefined || stream === undefined) return undefined;
  return machineOf(environment, setting, { int8: int8.median, fp32: fp32.median }, stream.median);
}

/** The bound of each row of eoq's own steps, on the machine that its setting makes. */
export function boundRows(plan: Plan, rows: readonly Row[], machineOf: (setting: Setting) => Machine): BoundRow[] {
  return rows.flatMap((row): BoundRow[] => {
    const method = METHODS.find((each) => row.subject === "eoq" && each === row.variant);
    if (method === undefined) return [];
    const { phase, batch, isa, threads, median } = row;
    const selection = phase === "inference" ? phase : "step";
    const works = joinWork(countOperations(plan, method, batch), countTraffic(plan, method, batch), selection);
    const { compute, memory, seconds } = boundOf(machineOf({ isa, threads }), works);
    return [{
      ...{ method, phase, batch, isa, threads },
      computeMilliseconds: 1000 * compute,
      memoryMilliseconds: 1000 * memory,
      boundMilliseconds: 1000 * seconds,
      measuredMilliseconds: 1000 * batch / median,
    }];
  });
}
