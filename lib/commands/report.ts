/**
 * `eoq report`: result files as one page, with its plots and tables as files.
 *
 * @module
 */

import { withOwnColors } from "../page/charts/palette.ts";
import { tableCsv } from "../page/csv.ts";
import { drawChart } from "../page/draw.ts";
import type { Figure } from "../page/figure.ts";
import { pageHtml } from "../page/page.ts";
import { sectionsOf } from "../page/sections.ts";
import { readSources } from "../report/read.ts";
import { ensureWritable, writeAtomically } from "../package/atomic_files.ts";
import type { Invocation } from "../cli/command.ts";

/** Pixels of a plot in a file of its own. */
const WIDTH = 900;

/** A file to write. */
interface Output {
  readonly path: string;
  readonly text: string;
}

function svgFile({ id, title, plot }: Figure, folder: string): Output[] {
  if (plot === undefined) return [];
  const svg = drawChart(plot.chart, { width: WIDTH, alt: plot.alt, title });
  return [{ path: `${folder}/${id}.svg`, text: withOwnColors(svg) }];
}

/** Runs `eoq report`. */
export async function run({ values, operands }: Invocation): Promise<void> {
  const sources = await readSources(operands, values.watts);
  const sections = sectionsOf(sources);
  const figures = sections.flatMap((section) => section.figures);
  const { svg, csv, out } = values;
  const outputs = [
    ...(svg === undefined ? [] : figures.flatMap((figure) => svgFile(figure, svg))),
    ...(csv === undefined ? [] : figures.map(({ id, table }) => ({ path: `${csv}/${id}.csv`, text: tableCsv(table) }))),
    { path: out, text: pageHtml(sources, sections) },
  ];
  for (const folder of [svg, csv]) if (folder !== undefined) await ensureWritable(folder);
  for (const { path, text } of outputs) await writeAtomically(path, new TextEncoder().encode(text));
  const plots = figures.filter(({ plot }) => plot !== undefined).length;
  console.log(`report: ${out}, ${plots} plots and ${figures.length} tables`);
  if (svg !== undefined) console.log(`plots: ${svg}/*.svg`);
  if (csv !== undefined) console.log(`tables: ${csv}/*.csv`);
}
