/**
 * Bytes that a training step holds.
 *
 * @module
 */

import { format as formatBytes } from "@std/fmt/bytes";
import { TRAITS } from "../../exec/methods.ts";
import { barChart } from "../charts/bars.ts";
import { seriesColor } from "../charts/palette.ts";
import type { Figure } from "../figure.ts";
import { groupBy, runsOf } from "../run.ts";
import type { Source } from "../../report/read.ts";

const PARTS = ["parameters", "activations", "optimizer"] as const;
const STYLES = PARTS.map((label, i) => ({ label, color: seriesColor(i) }));
const MIB = 2 ** 20;

const bytes = (value: number) => formatBytes(value, { binary: true });

/** One figure over all runs; bytes follow from network, batch and method. */
export function memory(sources: readonly Source[]): Figure[] {
  const key = ({ model, dataset, batch, method, bytes }: ReturnType<typeof runsOf>[number]["result"]) =>
    JSON.stringify([model, dataset, batch, method, bytes]);
  const rows = groupBy(runsOf(sources), ({ result }) => key(result)).map(([first]) => {
    const { model, dataset, batch, method, bytes } = first!.result;
    const values = PARTS.map((part) => bytes[part]);
    const { weightBits } = first!.config.recipe;
    const label = TRAITS[method].takesRecipe && weightBits !== 8 ? `${method}, ${weightBits}-bit weights` : method;
    return { model, dataset, batch, label, values, total: values.reduce((sum, value) => sum + value, 0) };
  });
  if (rows.length === 0) return [];
  return [{
    id: "memory",
    title: "Memory of a training step",
    notes: ["Bytes of the tensors that a step holds; the process has more."],
    plot: {
      alt: `Bars of mebibytes: ${
        rows.map(({ model, batch, label, total }) => `${label} ${model} batch ${batch} ${bytes(total)}`).join("; ")
      }.`,
      chart: barChart({
        label: "MiB",
        bars: rows.map(({ model, dataset, batch, label, values, total }) => ({
          group: `${model}, ${dataset}, batch ${batch}`,
          label,
          parts: values.map((value, i) => ({ style: STYLES[i]!, value: value / MIB })),
          text: bytes(total),
        })),
      }),
    },
    table: {
      caption: "Bytes that a training step holds",
      columns: [
        ...["model", "dataset", "batch", "method"].map((name) => ({ name })),
        ...[...PARTS, "together"].map((name) => ({ name, format: bytes })),
      ],
      rows: rows.map(({ model, dataset, batch, label, values, total }) => [
        ...[model, dataset, batch, label, ...values, total],
      ]),
    },
  }];
}
