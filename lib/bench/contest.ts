/**
 * A contest: eoq's own kernels or steps and those of its peers, doing the same
 * work, sampled in turn beside the peak that their rates are a share of.
 *
 * @module
 */

import { type Arithmetic, ARITHMETICS } from "../exec/methods.ts";
import type { Library } from "../native/library.ts";
import { estimateMedian, estimateRatio } from "../statistics/bootstrap.ts";
import { sampleInTurn, type SamplingTarget, secondsOf, type Subject } from "./sampling.ts";
import { BASE, type Phase, type RatioRow, type Row } from "../report/bench.ts";
import { applySetting, referenceSetting, sameSetting, type Setting } from "../report/setting.ts";
import { median, medianAbsoluteDeviation } from "../statistics/median.ts";

/** Multiply-adds of one iteration of a peak loop (EOQ_PEAK_MACS). */
export const PEAK_MACS = 12 * 2 ** 16;

/** The multiply-add peak of a path, as something to sample. */
export interface Peak extends Subject, Setting {
  readonly arithmetic: Arithmetic;
}

/** What takes part in a contest. */
export interface Contestant extends Subject, Setting {
  /** `eoq`, another checkout of it, or a peer's name. */
  readonly subject: Row["subject"];
  /** What tells the subject's entries apart: a method, or the types it multiplies. */
  readonly variant: string;
  /** Whose peak its rate is a share of. */
  readonly arithmetic: Arithmetic;
  /** `native` is a peer's own choice. */
  readonly isa: string;
  readonly close: () => void | Promise<void>;
}

/** What all contestants of a contest do. */
export interface Contest {
  readonly phase: Phase;
  readonly shape: string;
  readonly batch: number;
  readonly unit: Row["unit"];
  /** 10^9 multiply-adds of one unit of work. */
  readonly gigaMacs: number;
}

/** A contestant's outcome. */
export interface Entry {
  readonly row: Row;
  readonly arithmetic: Arithmetic;
  /** A rate a round; those of all entries of a contest were sampled in turn. */
  readonly rates: readonly number[];
}

/** Outcome of a contest. */
export interface Outcome {
  readonly contest: Contest;
  readonly entries: readonly Entry[];
  readonly ratios: readonly RatioRow[];
  /** Rates of the peaks beside it, in their order. */
  readonly peakRates: readonly (readonly number[])[];
}

/** Both peaks of each setting. Their work counts 10^9 multiply-adds. */
export function peaksOf(library: Library, settings: readonly Setting[]): Peak[] {
  return settings.flatMap((setting) =>
    ARITHMETICS.map((arithmetic): Peak => ({
      arithmetic,
      ...setting,
      work: setting.threads * PEAK_MACS / 1e9,
      run: (iterations) => {
        applySetting(library, setting);
        return secondsOf(() => library.call(arithmetic === "int8" ? "int8_peak" : "fp32_peak", { iterations }));
      },
    }))
  );
}

/** Index of the peak that a contestant is held against: its setting's, or for a peer the reference's. */
function peakOf(peaks: readonly Peak[], { subject, arithmetic, isa, threads }: Contestant): number {
  const setting = subject === "eoq" || subject === BASE ? { isa, threads } : referenceSetting(peaks);
  return peaks.findIndex((peak) => peak.arithmetic === arithmetic && sameSetting(peak, setting));
}

function named({ subject, variant, isa, threads }: Row): RatioRow["of"] {
  return { subject, variant, isa, threads };
}

/** How eoq's own entries compare with the others, at the setting that ratios are quoted for; with the base's at each. */
function ratiosOf({ phase, shape }: Contest, entries: readonly Entry[], reference: Setting): RatioRow[] {
  const compares = (of: Row, to: Row) =>
    to.subject === BASE ? of.variant === to.variant && sameSetting(of, to) : sameSetting(of, reference);
  const own = entries.filter(({ row }) => row.subject === "eoq");
  return own.flatMap((of) =>
    entries.filter((to) => to !== of && compares(of.row, to.row)).map((to) => ({
      phase,
      shape,
      of: named(of.row),
      to: named(to.row),
      ...estimateRatio(of.rates, to.rates),
      pairs: of.rates.length,
    }))
  );
}

/** Samples contestants and peaks in turn. */
export async function holdContest(
  contest: Contest,
  contestants: readonly Contestant[],
  peaks: readonly Peak[],
  target: SamplingTarget,
): Promise<Outcome> {
  const sampled = await sampleInTurn([...peaks, ...contestants], target);
  const peakRates = sampled.slice(0, peaks.length);
  const entries = contestants.map((contestant, i): Entry => {
    const rates = sampled[peaks.length + i]!;
    const macRates = rates.map((rate) => rate * contest.gigaMacs);
    const { subject, variant, isa, threads } = contestant;
    const shares = macRates.map((rate, round) => rate / peakRates[peakOf(peaks, contestant)]![round]!);
    return {
      rates,
      arithmetic: contestant.arithmetic,
      row: {
        subject,
        variant,
        phase: contest.phase,
        shape: `${variant} ${contest.shape}`,
        batch: contest.batch,
        isa,
        threads,
        ...estimateMedian(rates),
        mad: medianAbsoluteDeviation(rates),
        samples: rates.length,
        unit: contest.unit,
        percentOfPeak: 100 * median(shares),
      },
    };
  });
  return { contest, entries, ratios: ratiosOf(contest, entries, referenceSetting(peaks)), peakRates };
}
