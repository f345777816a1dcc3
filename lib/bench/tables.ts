/**
 * What eoq bench measured, as tables for people.
 *
 * @module
 */

import { format as formatBytes } from "@std/fmt/bytes";
import { alignColumns, alignWithin } from "../terminal/columns.ts";
import { formatPercent, formatRate } from "../terminal/format.ts";
import type { Interval } from "../statistics/bootstrap.ts";
import type { Outcome } from "./contest.ts";
import {
  type BandwidthRow,
  type BenchReport,
  type BoundRow,
  type Breakdown,
  type ImageSource,
  type MemoryRow,
  type Noise,
  type PeakRow,
  type RatioRow,
  type Row,
  STEP_PHASES,
  type Warning,
} from "../report/bench.ts";
import { sameSetting, type Setting } from "../report/setting.ts";
import { isConvPhase } from "./shapes.ts";
import { formatSummary, ownLabel, settingLabel } from "./summary.ts";

function formatInterval([low, high]: Interval): string {
  return `${formatRate(low)}-${formatRate(high)}`;
}

/** The peaks, a line each. */
function formatPeaks(peaks: readonly PeakRow[], width = Infinity): string[] {
  return alignWithin(
    [
      ["path", "arithmetic", "threads", "GMAC/s", "95 % interval", "MAD", "samples"],
      ...peaks.map(({ isa, arithmetic, threads, median, interval, mad, samples }) => [
        isa,
        arithmetic,
        String(threads),
        formatRate(median),
        formatInterval(interval),
        formatRate(mad),
        String(samples),
      ]),
    ],
    2,
    width,
  );
}

/** The bandwidth of the memory, a line a number of threads. */
function formatBandwidth(rows: readonly BandwidthRow[], width: number): string[] {
  return alignWithin(
    [
      ["memory", "threads", "GB/s", "95 % interval", "MAD", "samples"],
      ...rows.map(({ threads, median, interval, mad, samples }) => [
        "read and written",
        ...[String(threads), formatRate(median), formatInterval(interval), formatRate(mad), String(samples)],
      ]),
    ],
    1,
    width,
  );
}

/** Steps beside the time that the roofline allows them. */
function formatBounds(rows: readonly BoundRow[], width: number): string[] {
  return alignWithin(
    [
      ["a step, ms", "method", "compute alone", "memory alone", "at least", "measured", "of the bound"],
      ...rows.map((row) => [
        `${row.phase} batch ${row.batch}, ${row.isa} x${row.threads}`,
        row.method,
        ...[row.computeMilliseconds, row.memoryMilliseconds, row.boundMilliseconds, row.measuredMilliseconds]
          .map((each) => each.toPrecision(3)),
        `${(100 * row.boundMilliseconds / row.measuredMilliseconds).toFixed(0)} %`,
      ]),
    ],
    2,
    width,
  );
}

/** A subject, with what of its setting differs from others'. */
function label(row: Row, settings: readonly Setting[]): string {
  if (row.subject !== "eoq") return `${row.subject} ${row.variant}`;
  return ownLabel(row.variant) + settingLabel(row, settings);
}

/** How many times the rate of a row eoq's own of that variant has. */
function ratioCell(row: Row, variant: string, ratios: readonly RatioRow[]): string {
  const found = ratios.find(({ of, to }) =>
    of.variant === variant && to.subject === row.subject && to.variant === row.variant && sameSetting(to, row)
  );
  if (found === undefined) return "";
  const [low, high] = found.interval;
  return `${found.median.toFixed(2)}x ${low.toFixed(2)}-${high.toFixed(2)}`;
}

/**
 * Outcomes of contests, grouped; the last columns say how many times the rate
 * of a line eoq's own entries have, those of the reference setting.
 */
export function formatOutcomes(
  outcomes: readonly Outcome[],
  settings: readonly Setting[],
  width = Infinity,
): string[] {
  const own = [...new Set(outcomes.flatMap(({ ratios }) => ratios).map(({ of }) => of.variant))];
  const unit = outcomes[0]?.contest.unit ?? "";
  const rows = outcomes.flatMap(({ contest, entries, ratios }) =>
    entries.map(({ row }, i) => [
      i === 0 ? `${contest.phase} ${contest.shape}` : "",
      label(row, settings),
      formatRate(row.median),
      formatInterval(row.interval),
      formatRate(row.mad),
      `${row.percentOfPeak.toFixed(0)} %`,
      ...own.map((variant) => ratioCell(row, variant, ratios)),
    ])
  );
  return alignWithin(
    [
      ["", "", unit, "95 %", "", "% of", ...own.map(ownLabel)],
      ["", "", "median", "interval", "MAD", "peak", ...own.map(() => "is, interval")],
      ...rows,
    ],
    2,
    width,
  );
}

/** A training step by layer and phase, in milliseconds. */
export function formatBreakdown(
  { method, batch, isa, threads, outside, reruns, layers }: Breakdown,
  width = Infinity,
): string[] {
  const cell = (value: number) => value === 0 ? "" : value.toFixed(3);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const totals = STEP_PHASES.map((phase) => sum(layers.map(({ milliseconds }) => milliseconds[phase])));
  const step = sum(totals) + outside;
  const others = step - sum(totals.filter((_, i) => isConvPhase(STEP_PHASES[i]!)));
  const share = (value: number) => `${(100 * value / step).toFixed(1)} %`;
  const line = (
    name: string,
    cells: readonly number[],
  ) => [name, ...[...cells, sum(cells)].map(cell), share(sum(cells))];
  return [
    `${method} training step, batch ${batch}, ${isa} x${threads}: ${step.toFixed(3)} ms, of them by layer and phase:`,
    ...alignWithin(
      [
        ["", ...STEP_PHASES, "all", "share"],
        ...layers.map(({ layer, milliseconds }) => line(layer, STEP_PHASES.map((phase) => milliseconds[phase]))),
        line("all layers", totals),
        ["share", ...totals.map(share), "", ""],
        ["outside the kernels", ...STEP_PHASES.map(() => ""), cell(outside), share(outside)],
        ...reruns === null
          ? []
          : [["again, shifts guessed wrong", ...STEP_PHASES.map(() => ""), cell(reruns), share(reruns)]],
        ["not convolution", ...STEP_PHASES.map(() => ""), cell(others), share(others)],
      ],
      1,
      width,
    ),
  ];
}

/** Memory of training steps. */
function formatMemory(rows: readonly MemoryRow[]): string[] {
  const bytes = (value: number) => formatBytes(value, { binary: true });
  return alignColumns([
    ["training", "batch", "peak resident", "of it for the step"],
    ...rows.map(({ subject, method, batch, peakBytes, idleBytes }) => [
      subject === "eoq" ? ownLabel(method) : `${subject} ${method}`,
      String(batch),
      bytes(peakBytes),
      bytes(peakBytes - idleBytes),
    ]),
  ]);
}

/** Warnings, each with what helps. */
function formatWarnings(warnings: readonly Warning[]): string[] {
  return warnings.map(({ kind, message, hint }) => `warning (${kind}): ${message}; ${hint}`);
}

/** What the machine can show today. */
function formatNoise(noise: Noise | null): string[] {
  if (noise === null) return [];
  const { passes, change } = noise;
  return [
    `A/A run: the smallest change that this machine can show today is ${formatPercent(change)}, from ${passes} ` +
    "measurements of the same code",
  ];
}

const IMAGES: Readonly<Record<ImageSource, string>> = { random: "random images", cifar10: "images of CIFAR-10" };

/** How to see what a short answer leaves out. */
const MORE: Readonly<Record<BenchReport["benchmark"], string>> = {
  peak: "",
  kernels: "--wide adds every shape and contestant with its interval",
  step: "--wide adds every contestant with its interval, and where the time of a training step goes",
};

/** How {@linkcode formatBenchReport} lays a report out. */
export interface BenchTableOptions {
  /** Columns of text that there are. */
  readonly width: number;
  /** Whether every row is wanted, not the summary alone. */
  readonly wide: boolean;
}

/** What was timed, in short, and if it is wanted in full; an empty line between two tables. */
export function formatBenchReport(
  report: BenchReport,
  outcomes: readonly Outcome[],
  settings: readonly Setting[],
  { width, wide }: BenchTableOptions,
): string {
  const { peaks, bandwidth, bounds, breakdowns, memory, environment, images, peers, missingModes, missing } = report;
  const timed = outcomes.length > 0;
  return [
    [`${environment.cpu}, ${environment.compiler ?? "prebuilt library"}`],
    images === null ? [] : [`steps see ${IMAGES[images]}, others in each step`],
    timed ? formatSummary(outcomes, settings, width) : [],
    formatPeaks(peaks, width),
    bandwidth.length > 0 ? formatBandwidth(bandwidth, width) : [],
    timed && wide ? formatOutcomes(outcomes, settings, width) : [],
    bounds.length > 0 ? formatBounds(bounds, width) : [],
    ...wide ? breakdowns.map((each) => formatBreakdown(each, width)) : [],
    memory.length > 0 ? formatMemory(memory) : [],
    timed && !wide ? [MORE[report.benchmark]] : [],
    formatNoise(report.noise),
    formatWarnings(report.warnings),
    peers.map(({ peer, version, from }) => `${peer} ${version}, from ${from}`),
    missingModes.map(({ peer, variant, phase, batch, reason }) =>
      `${peer} ${variant} is missing in ${phase} batch ${batch}: ${reason}`
    ),
    missing.map(({ peer, reason, install }) => `${peer} ${reason}; to compare with it: ${install}`),
  ].filter((lines) => lines.length > 0).map((lines) => lines.join("\n")).join("\n\n");
}
