/**
 * What eoq bench measured, as tables for people.
 *
 * @module
 */

import { format as formatBytes } from "@std/fmt/bytes";
import { alignColumns } from "../report/columns.ts";
import { formatRate } from "../report/format.ts";
import type { Entry, Outcome } from "./contest.ts";
import { type Breakdown, type MemoryRow, type PeakRow, STEP_PHASES } from "./schema.ts";
import { referenceSetting, sameSetting, type Setting } from "./setting.ts";
import { isConvPhase } from "./shapes.ts";
import { medianRatio } from "./statistics.ts";

/** The peaks, a line each. */
export function formatPeaks(peaks: readonly PeakRow[]): string[] {
  return alignColumns([
    ["path", "arithmetic", "threads", "GMAC/s", "MAD", "samples"],
    ...peaks.map(({ isa, arithmetic, threads, median, mad, samples }) => [
      isa,
      arithmetic,
      String(threads),
      formatRate(median),
      formatRate(mad),
      String(samples),
    ]),
  ], 2);
}

/** eoq's method of the same name is called just that. */
function ownLabel(variant: string): string {
  return variant === "eoq" ? "eoq" : `eoq ${variant}`;
}

/** A subject, with what of its setting differs from others'. */
function label({ row, variant }: Entry, settings: readonly Setting[]): string {
  if (row.subject !== "eoq") return `${row.subject} ${variant}`;
  const path = settings.some(({ isa }) => isa !== row.isa) ? ` ${row.isa}` : "";
  const threads = settings.some(({ threads }) => threads !== row.threads) ? ` x${row.threads}` : "";
  return ownLabel(variant) + path + threads;
}

/** How many times the rate of `entry` a reference has, sampled in turn. */
function ratio(entry: Entry, reference: Entry | undefined): string {
  if (reference === undefined || reference === entry) return "";
  return `${medianRatio(reference.rates, entry.rates).toFixed(2)}x`;
}

/**
 * Outcomes of contests, grouped; the last columns say how many times the rate
 * of a line eoq's own entries have, those of the reference setting.
 */
export function formatOutcomes(outcomes: readonly Outcome[], settings: readonly Setting[]): string[] {
  const own = [
    ...new Set(
      outcomes.flatMap(({ entries }) => entries).filter(({ row }) => row.subject === "eoq").map((each) => each.variant),
    ),
  ];
  const reference = referenceSetting(settings);
  const unit = outcomes[0]?.contest.unit ?? "";
  const rows = outcomes.flatMap(({ contest, entries }) =>
    entries.map((entry, i) => {
      const { median, mad, percentOfPeak } = entry.row;
      const ownEntry = (variant: string) =>
        entries.find(({ row, ...each }) =>
          row.subject === "eoq" && sameSetting(row, reference) && each.variant === variant
        );
      return [
        i === 0 ? `${contest.phase} ${contest.shape}` : "",
        label(entry, settings),
        formatRate(median),
        formatRate(mad),
        `${percentOfPeak.toFixed(0)} %`,
        ...own.map((variant) => ratio(entry, ownEntry(variant))),
      ];
    })
  );
  return alignColumns([
    ["", "", unit, "", "% of", ...own.map(ownLabel)],
    ["", "", "median", "MAD", "peak", ...own.map(() => "is")],
    ...rows,
  ], 2);
}

/** A training step by layer and phase, in milliseconds. */
export function formatBreakdown({ method, batch, isa, threads, outside, layers }: Breakdown): string[] {
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
    ...alignColumns([
      ["", ...STEP_PHASES, "all", "share"],
      ...layers.map(({ layer, milliseconds }) => line(layer, STEP_PHASES.map((phase) => milliseconds[phase]))),
      line("all layers", totals),
      ["share", ...totals.map(share), "", ""],
      ["outside the kernels", ...STEP_PHASES.map(() => ""), cell(outside), share(outside)],
      ["not convolution", ...STEP_PHASES.map(() => ""), cell(others), share(others)],
    ]),
  ];
}

/** Memory of training steps. */
export function formatMemory(rows: readonly MemoryRow[]): string[] {
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
