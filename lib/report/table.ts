/**
 * Results as one table of plain ASCII: methods down the side where the
 * terminal is wide enough, else across the top, as many of them as fit.
 *
 * @module
 */

import { format as formatBytes } from "@std/fmt/bytes";
import { bold } from "@std/fmt/colors";
import type { OperationCounts } from "../count/operations.ts";
import { accuracyOf, measuredOf } from "../train/measured.ts";
import { alignBlocks, alignColumns } from "../terminal/columns.ts";
import { formatCount, formatPercent, formatRate, formatSi } from "../terminal/format.ts";
import type { Result } from "./run.ts";
import { summarise } from "../statistics/spread.ts";

interface Column {
  /** Lines of the header in the wide table; joined by a space in the tall one. */
  readonly header: readonly [string, string];
  /** Of the runs of a method, which differ in their seed. */
  readonly value: (runs: readonly Result[]) => string;
}

const bytes = (value: number) => formatBytes(value, { binary: true });

/** Accuracies in percent: one run's, or mean +- standard deviation (n). */
function accuracyText(accuracies: readonly number[]): string {
  const { n, mean, deviation } = summarise(accuracies);
  return deviation === null ? formatPercent(mean) : `${formatPercent(mean)} +- ${(100 * deviation).toFixed(2)} (${n})`;
}

const rate = (of: (result: Result) => number) => (runs: readonly Result[]) => formatRate(summarise(runs.map(of)).mean);

/** What a training image costs; "-" where it is not counted. */
const operationsOf = (kind: keyof OperationCounts) => ([result]: readonly Result[]) =>
  result!.operations === null ? "-" : formatCount(result!.operations[kind]);

/** A report of an earlier version has none. */
const energyText = ({ energy }: Result) => energy === undefined ? "-" : formatSi(energy.joules, "J");

/** A column for each noise that the images of the results had. */
function noiseColumns(results: readonly Result[]): Column[] {
  const sigmas = [...new Set(results.flatMap(({ noise = [] }) => noise.map(({ sigma }) => sigma)))];
  return sigmas.map((sigma) => ({
    header: ["noise", `${sigma}/255`],
    value: ([result]) => {
      const noisy = result!.noise?.find((each) => each.sigma === sigma);
      return noisy === undefined ? "-" : formatPercent(noisy.accuracy);
    },
  }));
}

const COSTS: readonly Column[] = [
  { header: ["train", "images/s"], value: rate((result) => result.trainImagesPerSecond) },
  { header: ["inference", "images/s"], value: rate((result) => result.inferenceImagesPerSecond) },
  { header: ["MACs", "/image"], value: operationsOf("macs") },
  { header: ["adds", "/image"], value: operationsOf("adds") },
  { header: ["multiplies", "/image"], value: operationsOf("multiplies") },
  { header: ["divisions", "/image"], value: operationsOf("divisions") },
  { header: ["sq. roots", "/image"], value: operationsOf("squareRoots") },
  { header: ["45 nm", "/image"], value: ([result]) => energyText(result!) },
  { header: ["parameter", "bytes"], value: ([result]) => bytes(result!.bytes.parameters) },
  { header: ["activation", "bytes"], value: ([result]) => bytes(result!.bytes.activations) },
  { header: ["optimizer", "bytes"], value: ([result]) => bytes(result!.bytes.optimizer) },
];

/** What someone who measures trained weights asks for beside accuracy. */
const BRIEF = COSTS.filter(({ header: [first] }) => first === "inference" || first === "parameter");

/** The columns of results, whose accuracies are all of the same images. */
function columnsOf(results: readonly Result[], brief: boolean): readonly Column[] {
  const last: Column = {
    header: [measuredOf(results[0]!), "accuracy"],
    value: (runs) => accuracyText(runs.map((run) => accuracyOf(run)!)),
  };
  const averaged: Column = {
    header: ["averaged", "weights"],
    value: (runs) => {
      const accuracies = runs.flatMap(({ averaged }) => averaged?.accuracy ?? []);
      return accuracies.length === 0 ? "-" : accuracyText(accuracies);
    },
  };
  return [
    last,
    ...results.some((result) => result.averaged !== undefined) ? [averaged] : [],
    ...noiseColumns(results),
    ...brief ? BRIEF : COSTS,
  ];
}

/** How {@linkcode formatTable} lays a table out. */
export interface TableOptions {
  /** Columns of text that there are. */
  readonly width: number;
  /** Whether headers may be bold; they never are where NO_COLOR is set. */
  readonly color: boolean;
  /** Whether the costs of training are left out. */
  readonly brief?: boolean;
}

/** Formats results as a table, a method a line, over its seeds; operations are those of one training image. */
export function formatTable(results: readonly Result[], { width, color, brief = false }: TableOptions): string {
  const methods = [...new Set(results.map(({ method }) => method))];
  const runs = methods.map((method) => results.filter((each) => each.method === method));
  const columns = columnsOf(results, brief);
  const wide = alignColumns([
    ["", ...columns.map(({ header }) => header[0])],
    ["method", ...columns.map(({ header }) => header[1])],
    ...runs.map((own, i) => [methods[i]!, ...columns.map(({ value }) => value(own))]),
  ]);
  const fits = wide.every((line) => line.length <= width);
  const blocks = fits ? [wide] : alignBlocks(
    [
      ["method", ...methods],
      ...columns.map(({ header, value }) => [header.join(" ").replace(" /", "/"), ...runs.map(value)]),
    ],
    1,
    width,
  );
  const headers = fits ? 2 : 1;
  const block = (lines: readonly string[]) =>
    lines.map((line, i) => color && i < headers ? bold(line) : line).join("\n");
  return blocks.map(block).join("\n\n") + "\n";
}
