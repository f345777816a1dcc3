/**
 * Tables and the plot of `isometry`.
 *
 * @module
 */

import type { Standing } from "../grid.ts";
import type { Comparison, IsometryResult } from "../../report/paper.ts";
import { NONE, type Section } from "../../terminal/section.ts";

function finished(standings: readonly Standing<IsometryResult>[]): IsometryResult[] {
  return standings.flatMap(({ outcome }) => outcome.status === "finished" ? [outcome.result] : []);
}

function product(values: readonly number[]): number {
  return values.reduce((result, value) => result * value, 1);
}

/** A positive number over many magnitudes: three digits. */
function formatMagnitude(value: number): string {
  return value >= 1e-3 && value < 1e4 ? String(Number(value.toPrecision(3))) : value.toExponential(2);
}

function label({ model, norm }: IsometryResult): string {
  return `${model} ${norm}`;
}

/** The gradient that comes out of the first block, and the theory of each network. */
export function isometryComparisons(standings: readonly Standing<IsometryResult>[]): Comparison[] {
  return finished(standings).map((result) => ({
    what: `${label(result)}: product of phi over the blocks`,
    unit: "",
    published: null,
    source: null,
    ours: product(result.blocks.map(({ phi }) => phi)),
    deviation: null,
    n: result.seeds.length * result.probes,
  }));
}

/** Characters of a bar, and decades that it shows. */
const BAR = 48;

/** One bar a network on a logarithmic scale around 1, as wide as the largest needs. */
function plotGradients(results: readonly IsometryResult[]): string[] {
  if (results.length === 0) return [];
  const decades = results.map(({ blocks }) => Math.log10(blocks[0]!.gradient));
  const reach = Math.max(1, ...decades.map(Math.abs).map(Math.ceil));
  const half = BAR / 2;
  const width = Math.max(...results.map((result) => label(result).length));
  const bars = results.map((result, i) => {
    const length = Math.min(half, Math.round(half * Math.abs(decades[i]!) / reach));
    const bar = "#".repeat(length);
    const left = decades[i]! < 0 ? bar.padStart(half) : " ".repeat(half);
    const right = decades[i]! > 0 ? bar : "";
    return `${label(result).padEnd(width)}  ${left}|${right.padEnd(half)}  ${
      formatMagnitude(result.blocks[0]!.gradient)
    }`;
  });
  const axis = `${" ".repeat(width)}  ${`1e-${reach}`.padEnd(half)}1${`1e+${reach}`.padStart(half)}`;
  return [
    "",
    "Gradient power in front of the first block, of that behind the last:",
    axis,
    ...bars.map((bar) => bar.trimEnd()),
  ];
}

/** A network in one row. */
function networkRow(result: IsometryResult): string[] {
  const { model, norm, blocks } = result;
  const phis = blocks.map(({ phi }) => phi);
  const expected = blocks.map((block) => block.expected);
  const root = (values: readonly number[]) => product(values) ** (1 / values.length);
  return [
    model,
    norm,
    ...[root(phis), root(expected), product(phis), product(expected), blocks[0]!.gradient].map(formatMagnitude),
  ];
}

function blockRows({ model, norm, blocks }: IsometryResult): string[][] {
  return blocks.map(({ block, phi, spread, standardError, expected, gradient }) => [
    model,
    norm,
    block,
    phi.toFixed(3),
    spread.toFixed(3),
    standardError?.toFixed(3) ?? NONE,
    expected.toFixed(3),
    formatMagnitude(gradient),
  ]);
}

/** Networks, then their blocks. */
export function isometrySections(standings: readonly Standing<IsometryResult>[]): Section[] {
  const results = finished(standings);
  return [
    {
      title: "Block Dynamical Isometry at initialization",
      columns: ["model", "norm", "phi a block", "theory", "product", "theory", "gradient"],
      words: 2,
      rows: results.map(networkRow),
      plot: plotGradients(results),
      notes: [
        "phi = E[tr(J J^T)] / n of each block by random probes through the real backward pass; the first two columns " +
        "are its geometric mean. The product over the blocks is the phi of the network where blocks are " +
        "independent; the last column is measured, the power of a random gradient after all blocks. It is larger: what " +
        "is alive behind a block is likely alive behind the next one, which the shortcut hands it on to.",
        "Theory: lib/paper/isometry/closed_form.ts. bn: batch norm. none: He's initialization, no norm. centred: the " +
        "same with the mean of each output channel taken off its weights. fixup: the last " +
        "convolution of a branch is zero, so a block is the mask of its shortcut; all blocks of a stage share that " +
        "mask, the product rule does not hold, and a gradient that has passed one block passes all unchanged.",
      ],
    },
    {
      title: "Block by block",
      columns: ["model", "norm", "block", "phi", "spread", "error", "theory", "gradient"],
      words: 3,
      rows: results.flatMap(blockRows),
      notes: ["spread: standard deviation over all probes. error: standard error of the mean over the seeds."],
    },
  ];
}
