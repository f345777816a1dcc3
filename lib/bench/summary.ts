/**
 * What eoq bench found, in short: a line for what eoq does in each pass or
 * step, beside the fastest peer.
 *
 * @module
 */

import { formatRate } from "../terminal/format.ts";
import { alignWithin } from "../terminal/columns.ts";
import { median } from "../statistics/median.ts";
import { BASE } from "../report/bench.ts";
import type { Setting } from "../report/setting.ts";
import type { Entry, Outcome } from "./contest.ts";

/** Places where a peer is faster that are named, the worst first. */
const NAMED = 10;

/** What the names of matrix products begin with. */
const GEMM = "GEMM";

/** eoq's method of the same name is called just that. */
export function ownLabel(variant: string): string {
  return variant === "eoq" ? "eoq" : `eoq ${variant}`;
}

/** What of a setting differs from others: its path, its threads. */
export function settingLabel(own: Setting, settings: readonly Setting[]): string {
  const path = settings.some(({ isa }) => isa !== own.isa) ? ` ${own.isa}` : "";
  const threads = settings.some(({ threads }) => threads !== own.threads) ? ` x${own.threads}` : "";
  return path + threads;
}

/** The fastest peer of an entry of eoq's own. */
interface Rival {
  readonly shape: string;
  /** The peer, with its mode. */
  readonly name: string;
  /** How many times its rate eoq's own has: the median over neighbouring samples. */
  readonly ratio: number;
}

/** The fastest peer of a contest: int8 answers to all of them, fp32 to those that compute as exactly. */
function rivalOf({ contest, entries }: Outcome, own: Entry): Rival | undefined {
  const [best] = entries.filter(({ row, arithmetic }) =>
    row.subject !== "eoq" && row.subject !== BASE && (own.arithmetic === "int8" || arithmetic === "fp32")
  ).toSorted((a, b) => b.row.median - a.row.median);
  if (best === undefined) return undefined;
  return {
    shape: contest.shape,
    name: `${best.row.subject} ${best.row.variant}`,
    ratio: median(own.rates.map((rate, round) => rate / best.rates[round]!)),
  };
}

/** What eoq did of one kind, over one contest or several. */
export interface SummaryLine {
  /** `GEMM` for matrix products, else the phase. */
  readonly work: string;
  readonly batch: number;
  /** The method or the types, and the setting if there are several. */
  readonly name: string;
  /** Geometric means over the contests. */
  readonly rate: number;
  readonly percentOfPeak: number;
  /** One for each contest that has a peer. */
  readonly rivals: readonly Rival[];
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** What contests come to, in the order of the first of each kind. */
export function summaryLines(outcomes: readonly Outcome[], settings: readonly Setting[]): SummaryLine[] {
  const groups = new Map<string, { outcome: Outcome; own: Entry }[]>();
  for (const outcome of outcomes) {
    const { phase, shape, batch } = outcome.contest;
    const work = shape.startsWith(`${GEMM} `) ? GEMM : phase;
    for (const own of outcome.entries.filter(({ row }) => row.subject === "eoq")) {
      const key = JSON.stringify([work, batch, own.row.variant + settingLabel(own.row, settings)]);
      groups.set(key, [...groups.get(key) ?? [], { outcome, own }]);
    }
  }
  return [...groups].map(([key, members]) => {
    const [work, batch, name] = JSON.parse(key) as [string, number, string];
    return {
      ...{ work, batch, name },
      rate: geometricMean(members.map(({ own }) => own.row.median)),
      percentOfPeak: geometricMean(members.map(({ own }) => own.row.percentOfPeak)),
      rivals: members.map(({ outcome, own }) => rivalOf(outcome, own)).filter((each) => each !== undefined),
    };
  });
}

/** The name that is there most often. */
function commonest(names: readonly string[]): string {
  const count = (name: string) => names.filter((each) => each === name).length;
  return names.toSorted((a, b) => count(b) - count(a))[0] ?? "";
}

function isAhead({ ratio }: Rival): boolean {
  return ratio < 1;
}

function cells({ work, batch, name, rate, percentOfPeak, rivals }: SummaryLine): string[] {
  const own = [work, String(batch), name, formatRate(rate), `${percentOfPeak.toFixed(0)} %`];
  if (rivals.length === 0) return [...own, "", "", ""];
  // Peers of steps have eoq's baseline in all their modes.
  const best = commonest(rivals.map((each) => each.name)).replace(" bn-fp32", "");
  const ratio = geometricMean(rivals.map((each) => each.ratio));
  return [...own, best, `${ratio.toFixed(2)}x`, `${rivals.filter(isAhead).length}/${rivals.length}`];
}

/** Where a peer is faster, the worst first. */
function behind(lines: readonly SummaryLine[]): string[] {
  const all = lines.flatMap((line) => line.rivals.filter(isAhead).map((rival) => ({ line, rival })))
    .toSorted((a, b) => a.rival.ratio - b.rival.ratio);
  const named = all.slice(0, NAMED).map(({ line: { work, name }, rival }) =>
    `a peer is faster: ${work === GEMM ? "" : `${work} `}${rival.shape}, ${name} has ${
      rival.ratio.toFixed(2)
    }x the rate of ${rival.name}`
  );
  return all.length > NAMED ? [...named, `and in ${all.length - NAMED} more`] : named;
}

/** The summary: rates, shares of the peak, the fastest peer, how many times its rate eoq has, and where it is ahead. */
export function formatSummary(outcomes: readonly Outcome[], settings: readonly Setting[], width: number): string[] {
  const lines = summaryLines(outcomes, settings), withPeers = lines.some(({ rivals }) => rivals.length > 0);
  const { unit } = outcomes[0]!.contest;
  const isMean = unit === "GMAC/s";
  const columns = ["", "batch", "", "rate", "peak", "best peer", "ratio", "peer ahead"];
  // Of one contest the ratio says who is ahead.
  const shown = withPeers ? isMean ? 8 : 7 : 5;
  return [
    `eoq's own, ${unit}${isMean ? ", geometric means over the shapes" : ""}, and % of the peak${withPeers ? ";" : ""}`,
    ...withPeers ? [`the fastest peer, eoq's rate by its rate${isMean ? ", and in how many it is ahead" : ""}`] : [],
    ...alignWithin([columns, ...lines.map(cells)].map((row) => row.slice(0, shown)), 3, width),
    ...behind(lines),
  ];
}
