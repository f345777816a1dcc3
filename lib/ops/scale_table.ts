/**
 * Steps that ranks share, on paper, as tables.
 *
 * @module
 */

import { format as formatBytes } from "@std/fmt/bytes";
import type { Interconnect } from "../count/interconnect.ts";
import { SCALINGS } from "../count/scaling.ts";
import type { PlannedMethod, Prediction, ScalePlan } from "../report/scale_plan.ts";
import { environmentLine } from "../report/environment.ts";
import { alignWithin } from "../terminal/columns.ts";
import { formatRate } from "../terminal/format.ts";
import { wrapLines } from "../terminal/wrap.ts";

/** Columns of notes where there is no terminal. */
const WIDTH = 80;

const bytes = (value: number) => formatBytes(value, { binary: true });

/** A fraction in whole percent, or in tenths below 10. */
function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(fraction < 0.1 ? 1 : 0)} %`;
}

function networkLine({ name, about, latency, bandwidth }: Interconnect): string {
  const star = ({ estimate }: { readonly estimate: boolean }) => estimate ? "*" : "";
  return `${name}: ${about}; ${latency.microseconds} us${star(latency)}, ${bandwidth.gigabytesPerSecond} GB/s${
    star(bandwidth)
  }`;
}

function methodRow({ method, messages, gradients, compute }: PlannedMethod): string[] {
  const { maxima, sums, maximaBytes, sumsBytes } = messages;
  const rates = compute.map(({ batch, seconds }) => `${formatRate(batch / seconds)} at ${batch}`);
  return [
    method,
    `${maxima}`,
    `${sums}`,
    bytes(maximaBytes + sumsBytes),
    bytes(gradients.bytes),
    bytes(gradients.values),
    rates.at(-1)!,
  ];
}

/** A row for each number of ranks, three columns a method. */
function predictionRows(predictions: readonly Prediction[], methods: readonly string[]): string[][] {
  return [
    ["", ...methods.flatMap((method) => [method, "", ""])],
    ["ranks", ...methods.flatMap(() => ["images/s", "efficiency", "bound"])],
    ...[...Map.groupBy(predictions, ({ ranks }) => ranks)].map(([ranks, each]) => [
      `${ranks}`,
      ...each.flatMap(({ imagesPerSecond, efficiency, bound }) => [
        formatRate(imagesPerSecond),
        percent(efficiency),
        bound,
      ]),
    ]),
  ];
}

/** The citations and what each number is from. */
export function formatInterconnects(networks: readonly Interconnect[], width: number): string {
  return networks.map((network) =>
    wrapLines(
      [
        networkLine(network),
        ...network.sources.map(({ citation, checked }) => `  ${citation}; checked: ${checked}`),
        `  latency: ${network.latency.from}`,
        `  bandwidth: ${network.bandwidth.from}`,
        ...network.notes.map((note) => `  ${note}`),
      ].join("\n"),
      width,
    )
  ).join("\n\n") + "\n\n* an estimate";
}

/** What a step sends, then a table for each network and scaling. */
export function formatScalePlan(document: ScalePlan, width: number): string {
  const { model, batch, methods, networks, predictions, environment } = document;
  const names = methods.map(({ method }) => method);
  const sent = [
    ["a step of a rank", "maxima", "sums", "bytes", "gradients", "in int8", "images/s"],
    ...methods.map(methodRow),
  ];
  const tables = networks.flatMap((network) =>
    SCALINGS.map((scaling) => {
      const own = predictions.filter((each) => each.network === network.name && each.scaling === scaling);
      const title = scaling === "strong"
        ? `${network.name}, strong scaling: batch ${batch} over all ranks`
        : `${network.name}, weak scaling: batch ${batch} a rank`;
      return [title, ...alignWithin(predictionRows(own, names), 1, width)].join("\n");
    })
  );
  const notes = [
    `${model} at 32x32x3; bound: what most of a step is. Gradients in int8 are for comparison: sent so, results would differ.`,
    ...networks.map(networkLine),
    ...networks.some(({ latency, bandwidth }) => latency.estimate || bandwidth.estimate) ? ["* an estimate"] : [],
    ...environment === null ? [] : [`computing as measured: ${environmentLine(environment)}`],
  ];
  return [alignWithin(sent, 1, width).join("\n"), ...tables, wrapLines(notes.join("\n"), Math.min(width, WIDTH))].join(
    "\n\n",
  );
}
