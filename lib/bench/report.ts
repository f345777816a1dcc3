/**
 * The record of a run of eoq bench, complete or as far as it has come.
 *
 * @module
 */

import type { Environment } from "../report/schema.ts";
import type { Outcome, Peak } from "./contest.ts";
import type { MissingPeer } from "./peers/peer.ts";
import { type BenchReport, benchReportSchema, type Breakdown, type MemoryRow, type PeakRow } from "./schema.ts";
import { median, medianAbsoluteDeviation } from "./statistics.ts";

/** What a run of eoq bench has measured so far. */
export interface Measured {
  readonly outcomes: Outcome[];
  readonly breakdowns: Breakdown[];
  readonly memory: MemoryRow[];
  /** Rates of each peak, over the whole run. */
  readonly peakRates: number[][];
  readonly missing: MissingPeer[];
}

/** What a report says beside its measurements. */
export interface BenchContext {
  /** The command line, from `eoq` on. */
  readonly command: string;
  readonly environment: Environment;
  readonly peaks: readonly Peak[];
}

/** A run that has measured nothing yet. */
export function nothingMeasured(peaks: readonly Peak[]): Measured {
  return { outcomes: [], breakdowns: [], memory: [], peakRates: peaks.map(() => []), missing: [] };
}

/** Adds rates of the peaks. */
export function addPeakRates({ peakRates }: Measured, rates: readonly (readonly number[])[]): void {
  peakRates.forEach((all, i) => all.push(...rates[i]!));
}

/** Adds a contest and the peaks beside it. */
export function addOutcome(measured: Measured, outcome: Outcome): void {
  measured.outcomes.push(outcome);
  addPeakRates(measured, outcome.peakRates);
}

/** The peaks that have been sampled. */
function peakRows(peaks: readonly Peak[], { peakRates }: Measured): PeakRow[] {
  return peaks.map(({ arithmetic, isa, threads }, i): PeakRow => ({
    arithmetic,
    isa,
    threads,
    median: median(peakRates[i]!),
    mad: medianAbsoluteDeviation(peakRates[i]!),
    samples: peakRates[i]!.length,
    unit: "GMAC/s",
  })).filter(({ samples }) => samples > 0);
}

/** Puts a report together and holds it against its schema. */
export function makeBenchReport(
  { command, environment, peaks }: BenchContext,
  measured: Measured,
): BenchReport {
  return benchReportSchema.parse({
    schemaVersion: 1,
    command,
    environment,
    peaks: peakRows(peaks, measured),
    rows: measured.outcomes.flatMap(({ entries }) => entries.map(({ row }) => row)),
    breakdowns: measured.breakdowns,
    memory: measured.memory,
    missing: measured.missing,
  });
}
