/**
 * A network as `eoq summary` shows it.
 *
 * @module
 */

import { format as formatBytes } from "@std/fmt/bytes";
import { bold } from "@std/fmt/colors";
import type { LayerCost } from "../count/layers.ts";
import { messageOf, UserError } from "../errors.ts";
import { type Method, METHODS } from "../exec/methods.ts";
import type { ByteCounts } from "../exec/network.ts";
import { outlineOf, type StepPeak } from "../exec/outline.ts";
import type { ImageShape, Plan } from "../plan/plan.ts";
import { type Trained, type TrainedPart, trainedPartText } from "../plan/trained.ts";
import { alignBlocks } from "../terminal/columns.ts";
import { counted, formatCount, shapeText } from "../terminal/format.ts";
import type { TableOptions } from "../report/table.ts";

/** What a method holds during a training step, or why it does not run the network. */
export type MethodMemory =
  | { readonly method: Method; readonly bytes: ByteCounts; readonly peak: StepPeak }
  | { readonly method: Method; readonly refused: string };

/** A network and its costs; the JSON of `eoq summary`. */
export interface Summary {
  readonly model: string;
  readonly about: string;
  readonly input: ImageShape;
  readonly classes: number;
  /** Images of a training step. */
  readonly batch: number;
  readonly layers: readonly LayerCost[];
  /** Sums over the layers. */
  readonly weights: number;
  readonly macs: number;
  /** What a training step updates; absent where that is all. */
  readonly trained?: TrainedPart & { readonly train: Trained };
  readonly memory: readonly MethodMemory[];
}

/** What each method holds during a training step of a network. */
export function memoryOf(plan: Plan, batch: number, train: Trained): MethodMemory[] {
  return METHODS.map((method) => {
    try {
      const { bytes, peak } = outlineOf(method, { plan, batch, train });
      return { method, bytes, peak };
    } catch (error) {
      if (error instanceof UserError) return { method, refused: messageOf(error) };
      throw error;
    }
  });
}

const bytesText = (value: number) => formatBytes(value, { binary: true });

function memoryRow(row: MethodMemory): string[] {
  if ("refused" in row) return [row.method, "-", "-", "-", "-"];
  const { parameters, activations, optimizer } = row.bytes;
  return [row.method, ...[parameters, activations, optimizer, parameters + activations + optimizer].map(bytesText)];
}

/** Words that a line has room for. */
const NAMED_WORDS = 2;

/** Where a method's activations take the most memory, and what most of it is. */
function peakRow(row: MethodMemory): string[][] {
  if ("refused" in row) return [];
  const { layer, phase, words } = row.peak;
  const most = words.slice(0, NAMED_WORDS).map(({ word, bytes }) => `${word} ${bytesText(bytes)}`);
  return [[row.method, `${layer} ${phase}`, most.join(", ")]];
}

/** Two tables of plain ASCII: the layers, and the memory by method with its peaks. */
export function formatSummary(summary: Summary, { width, color }: TableOptions): string {
  const { layers, memory, input, classes, batch, trained } = summary;
  const table = (rows: readonly (readonly string[])[], left: number) =>
    alignBlocks(rows, left, width).flatMap(([head, ...lines], i) => [
      ...(i === 0 ? [] : [""]),
      color ? bold(head!) : head!,
      ...lines,
    ]);
  const layerLines = table([
    ["layer", "operation", "output", "weights", "MACs"],
    ["input", "", shapeText(input), "", ""],
    ...layers.map(({ name, operation, output, weights, macs }) => [
      ...[name, operation, shapeText(output)],
      ...weights === 0 ? ["", ""] : [weights.toLocaleString("en-US"), formatCount(macs)],
    ]),
    ["total", "", "", summary.weights.toLocaleString("en-US"), formatCount(summary.macs)],
  ], 2);
  const peaks = memory.flatMap(peakRow);
  const memoryLines = table([
    ["method", "parameters", "activations", "optimizer", "together"],
    ...memory.map(memoryRow),
  ], 1);
  return [
    `${summary.model}: ${summary.about}; ${classes} classes`,
    "",
    ...layerLines,
    "",
    ...trained === undefined ? [] : [`Trained, ${trained.train}: ${trainedPartText(trained)}`, ""],
    `Memory of a training step of ${counted(batch, "image")}:`,
    "",
    ...memoryLines,
    ...peaks.length === 0 ? [] : ["", ...table([["method", "activations peak at", "most of it"], ...peaks], 3)],
    ...memory.flatMap((row) => "refused" in row ? ["", `${row.method} does not run it: ${row.refused}`] : []),
  ].join("\n");
}
