/**
 * Rates of all files, with the work that each is of.
 *
 * @module
 */

import type { Row } from "../report/bench.ts";
import { TRAITS } from "../exec/methods.ts";
import type { Environment } from "../report/run.ts";
import { type Run, runsOf } from "./run.ts";
import type { Source } from "../report/read.ts";

/** A rate that was measured. */
export interface Rate {
  readonly file: string;
  /** What the machine drew; undefined where nobody said. */
  readonly watts: number | undefined;
  readonly environment: Environment;
  /** Pass or step, and what it was done to. */
  readonly phase: string;
  readonly shape: string;
  /** eoq, or the library that was measured beside it; the method, or the types that are multiplied. */
  readonly subject: string;
  readonly variant: string;
  /** The same for rates of the same work, and for no others. */
  readonly work: string;
  readonly isa: string;
  readonly threads: number;
  /** In `unit`; higher is better. */
  readonly value: number;
  readonly unit: string;
  /** Of its 95 % confidence; null for a single measurement. */
  readonly interval: readonly [low: number, high: number] | null;
  /** Hash of the weights that the work came to, where it is the same on every machine. */
  readonly weights?: string;
}

/** Where rates come from. */
type Origin = Pick<Rate, "file" | "watts" | "environment">;

/** A shape without the variant that it begins with. */
export function bareShape({ shape, variant }: Pick<Row, "shape" | "variant">): string {
  return shape.startsWith(`${variant} `) ? shape.slice(variant.length + 1) : shape;
}

function rateOfRow(row: Row, origin: Origin): Rate {
  const { phase, subject, variant, isa, threads, unit, interval, median: value } = row;
  const shape = bareShape(row);
  const work = JSON.stringify([subject, variant, phase, shape]);
  return { ...origin, phase, shape, subject, variant, isa, threads, unit, interval, value, work };
}

/** Rates of `eoq bench`, and of the steps that `eoq paper bn-cost` times. */
export function benchRates(sources: readonly Source[]): Rate[] {
  return sources.flatMap((source) => {
    const { file, watts } = source;
    if (source.kind === "bench") {
      const { environment, rows } = source.document;
      return rows.map((row) => rateOfRow(row, { file, watts, environment }));
    }
    if (source.kind !== "paper") return [];
    return source.document.cells.flatMap(({ result }) =>
      result !== null && "steps" in result
        ? result.steps.map(({ row }) => rateOfRow(row, { file, watts, environment: result.environment }))
        : []
    );
  });
}

/** Multiply-add peaks of paths. */
export function peakRates(sources: readonly Source[]): Rate[] {
  return sources.flatMap((source) =>
    source.kind !== "bench" ? [] : source.document.peaks.map((peak) => ({
      ...{ file: source.file, watts: source.watts, environment: source.document.environment, subject: "eoq" },
      ...{ phase: "multiply-add peak", variant: peak.arithmetic, shape: peak.isa },
      work: JSON.stringify(["peak", peak.arithmetic, peak.isa]),
      ...{ isa: peak.isa, threads: peak.threads, value: peak.median, unit: peak.unit, interval: peak.interval },
    }))
  );
}

function ratesOfRun({ file, watts, environment, config, result }: Run): Rate[] {
  const { data: _, ...identity } = config;
  const common = {
    ...{ file, watts, environment, subject: "eoq", unit: "images/s", interval: null },
    ...{ isa: environment.isa.path, threads: environment.threads },
    variant: config.method,
    shape: `${config.model} ${config.dataset} batch ${config.batch}`,
    ...(TRAITS[config.method].arithmetic === "int8" && { weights: result.weightsSha256 }),
  };
  return [
    { ...common, phase: "training run", value: result.trainImagesPerSecond, work: JSON.stringify(["train", identity]) },
    { ...common, phase: "test run", value: result.inferenceImagesPerSecond, work: JSON.stringify(["test", identity]) },
  ];
}

/** Rates that training runs and their tests came to. */
export function runRates(sources: readonly Source[]): Rate[] {
  return runsOf(sources).flatMap(ratesOfRun);
}
