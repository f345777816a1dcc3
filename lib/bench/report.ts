/**
 * The record of a run of eoq bench, complete or as far as it has come.
 *
 * @module
 */

import type { Environment } from "../report/run.ts";
import type { Benchmark } from "../report/benchmarks.ts";
import { estimateMedian } from "../statistics/bootstrap.ts";
import type { Outcome, Peak } from "./contest.ts";
import type { MissingPeer } from "./peers/peer.ts";
import {
  type BandwidthRow,
  type BenchReport,
  benchReportSchema,
  type BoundRow,
  type Breakdown,
  type ImageSource,
  type MemoryRow,
  type MissingMode,
  type Noise,
  type PeakRow,
  type PeerVersion,
} from "../report/bench.ts";
import { medianAbsoluteDeviation } from "../statistics/median.ts";
import { findWarnings, type Sampled } from "./warnings.ts";

/** What a run of eoq bench has measured so far. */
export interface Measured {
  readonly outcomes: Outcome[];
  readonly breakdowns: Breakdown[];
  readonly memory: MemoryRow[];
  /** Rates of each peak, over the whole run. */
  readonly peakRates: number[][];
  /** Rates of the memory by threads. */
  readonly streamRates: Map<number, readonly number[]>;
  readonly bounds: BoundRow[];
  readonly peers: PeerVersion[];
  readonly missingModes: MissingMode[];
  readonly missing: MissingPeer[];
  /** Of an A/A run. */
  noise: Noise | null;
}

/** What a report says beside its measurements. */
export interface BenchContext {
  /** The command line, from `eoq` on. */
  readonly command: string;
  readonly benchmark: Benchmark;
  readonly environment: Environment;
  readonly peaks: readonly Peak[];
  /** What steps are timed on; null where no steps are. */
  readonly images: ImageSource | null;
}

/** A run that has measured nothing yet. */
export function nothingMeasured(peaks: readonly Peak[]): Measured {
  return {
    outcomes: [],
    breakdowns: [],
    memory: [],
    peakRates: peaks.map(() => []),
    streamRates: new Map(),
    bounds: [],
    peers: [],
    missingModes: [],
    missing: [],
    noise: null,
  };
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

/** The peaks; none before they have been sampled. */
function peakRows(peaks: readonly Peak[], { peakRates }: Measured): PeakRow[] {
  if (peakRates.some((rates) => rates.length === 0)) return [];
  return peaks.map(({ arithmetic, isa, threads }, i): PeakRow => ({
    arithmetic,
    isa,
    threads,
    ...estimateMedian(peakRates[i]!),
    mad: medianAbsoluteDeviation(peakRates[i]!),
    samples: peakRates[i]!.length,
    unit: "GMAC/s",
  }));
}

function bandwidthRows({ streamRates }: Measured): BandwidthRow[] {
  return [...streamRates].map(([threads, rates]): BandwidthRow => ({
    threads,
    ...estimateMedian(rates),
    mad: medianAbsoluteDeviation(rates),
    samples: rates.length,
    unit: "GB/s",
  }));
}

/** Everything that was sampled. */
function sampledOf(peaks: readonly PeakRow[], { outcomes, peakRates }: Measured): Sampled[] {
  return [
    ...peaks.map((row, i) => ({
      name: `peak of ${row.isa} ${row.arithmetic}`,
      rates: peakRates[i]!,
      estimate: row,
      isPeak: true,
    })),
    ...outcomes.flatMap(({ entries }) => entries).map(({ row, rates }) => ({
      name: `${row.phase} ${row.subject} ${row.shape}`,
      rates,
      estimate: row,
      isPeak: false,
    })),
  ];
}

/** Puts a report together and holds it against its schema. */
export function makeBenchReport(
  { command, benchmark, environment, peaks, images }: BenchContext,
  measured: Measured,
): BenchReport {
  const rows = peakRows(peaks, measured);
  return benchReportSchema.parse({
    schemaVersion: 2,
    benchmark,
    command,
    environment,
    images,
    noise: measured.noise,
    peaks: rows,
    bandwidth: bandwidthRows(measured),
    rows: measured.outcomes.flatMap(({ entries }) => entries.map(({ row }) => row)),
    ratios: measured.outcomes.flatMap(({ ratios }) => ratios),
    bounds: measured.bounds,
    breakdowns: measured.breakdowns,
    memory: measured.memory,
    warnings: findWarnings(sampledOf(rows, measured)),
    peers: measured.peers,
    missingModes: measured.missingModes,
    missing: measured.missing,
  });
}
