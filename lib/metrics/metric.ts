/**
 * What reports of every kind come down to: named values that another report
 * can be held against and that other programs take.
 *
 * @module
 */

import type { Interval } from "../statistics/bootstrap.ts";
import type { Environment } from "../report/run.ts";

/** What is measured or counted. */
const MEASURES = ["throughput", "ratio", "memory", "accuracy", "operations", "isometry", "weights"] as const;

/** A value of a report. */
export interface Metric {
  /** Alike in two reports of the same work. */
  readonly name: string;
  readonly measure: typeof MEASURES[number];
  /** As `images/s`; empty where there is none. */
  readonly unit: string;
  /** A digest is text. */
  readonly value: number | string;
  /** Where the true value lies with 95 % confidence; null where it is not known. */
  readonly interval: Interval | null;
  readonly better: "higher" | "lower";
  /**
   * How a change is judged: not at all, by whether the value is the very same,
   * or by whether it is worse beyond doubt.
   */
  readonly gate: "none" | "exact" | "interval";
  /** What must be alike for two values to be comparable, as `CPU` and its name. */
  readonly conditions: Readonly<Record<string, string>>;
  /**
   * What the same machine did beside it that no change of eoq's can alter:
   * what moved that moved this too. Absent where there is no such thing.
   */
  readonly control?: { readonly median: number; readonly interval: Interval };
}

/** A value that is the same in every run of the same work. */
export function fact(
  metric: Pick<Metric, "name" | "measure" | "unit" | "value" | "conditions"> & { readonly better?: "higher" },
): Metric {
  return { interval: null, better: "lower", gate: "exact", ...metric };
}

/** The name of a value, with what tells it from the same work done otherwise. */
export function fullName({ name, conditions }: Metric): string {
  const { "ISA path": isa, threads } = conditions;
  const where = [isa, threads && `x${threads}`].filter((part) => part !== undefined).join(" ");
  return where === "" ? name : `${name} (${where})`;
}

/** Values with what they were measured by. */
export interface Measurement {
  /** The command line, from `eoq` on. */
  readonly command: string;
  /** What measured them; null for counts, which are the same everywhere. */
  readonly environment: Environment | null;
  readonly metrics: readonly Metric[];
  /** The fraction by which a rate may be below another of the same code; absent where that was not measured. */
  readonly noise?: number;
}

/** A report as a measurement. */
export function measurementOf<
  Document extends Pick<Measurement, "command" | "environment"> & {
    readonly noise?: { readonly change: number } | null;
  },
>(
  document: Document,
  metricsOf: (document: Document) => Metric[],
): Measurement {
  const { command, environment, noise } = document;
  return { command, environment, metrics: metricsOf(document), ...(noise && { noise: noise.change }) };
}
