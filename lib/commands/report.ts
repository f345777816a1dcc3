/**
 * `eoq report`: result files as one page, with its plots and tables as files.
 *
 * @module
 */

import type { Command } from "../cli/command.ts";
import { UserError } from "../errors.ts";
import { ensureWritable, readIfThere, writeAtomically } from "../package/atomic_files.ts";
import { counted } from "../terminal/format.ts";

/** Pixels of a plot in a file of its own. */
const WIDTH = 900;

/** The file behind a path, through links; the path itself where there is none yet. */
function fileOf(path: string): Promise<string> {
  return Deno.realPath(path).catch(() => path);
}

/** @throws {UserError} naming an output that is a file which the page is made from. */
async function requireNoInput(inputs: readonly string[], outputs: readonly string[]): Promise<void> {
  const taken = new Set(await Promise.all(inputs.map(fileOf)));
  for (const path of outputs) {
    if (taken.has(await fileOf(path))) throw new UserError(`${path}: is read, and cannot be written at once`);
  }
}

/** @throws {UserError} where the page would replace a file that is none. */
async function requirePage(path: string): Promise<void> {
  const text = await readIfThere(path).catch(() => undefined);
  if (text === undefined || text === "" || /^<!doctype html>/i.test(text)) return;
  throw new UserError(`--out: ${path} is there and no page: name another file`);
}

/** The command. */
export const REPORT: Command = {
  name: "report",
  summary: "turn result files of any command into one page of plots and tables",
  operands: [{ placeholder: "FILE", repeated: true }],
  options: ["out", "svg", "csv", "watts", "help"],
  fallbacks: { out: "report.html" },
  placeholders: { out: "FILE" },
  helps: { out: "the page to write; -o is short for it" },
  description:
    "Takes results.json of compare, train and learn, report.json of paper, what bench saved and the JSON of ops, one file or many, and " +
    "writes one HTML file that needs nothing else: it works offline, in light and dark, on a phone and on paper, and " +
    "holds the files that it was made from. Files of several machines are compared work by work, for each core in " +
    "use, and for each watt where --watts says what a machine drew.",
  examples: [
    "eoq report results/results.json",
    "eoq report paper/accuracy-tiny/report.json step.json -o paper.html --svg figures --csv tables",
    "eoq report laptop.json server.json --watts 28,350",
  ],

  async run({ values, operands }) {
    const { withOwnColors } = await import("../page/charts/palette.ts");
    const { drawChart } = await import("../page/draw.ts");
    const { tableCsv } = await import("../page/figure.ts");
    const { pageHtml } = await import("../page/page.ts");
    const { sectionsOf } = await import("../page/sections.ts");
    const { readSources } = await import("../report/read.ts");
    const sources = await readSources(operands, values.watts);
    const sections = sectionsOf(sources);
    const figures = sections.flatMap((section) => section.figures);
    const plots = figures.flatMap(({ id, title, plot }) => plot === undefined ? [] : { id, title, plot });
    const { svg, out } = values, csv = typeof values.csv === "string" ? values.csv : undefined;
    const outputs: { readonly path: string; readonly text: string }[] = [];
    for (const { id, title, plot: { chart, alt } } of svg === undefined ? [] : plots) {
      outputs.push({ path: `${svg}/${id}.svg`, text: withOwnColors(drawChart(chart, { width: WIDTH, alt, title })) });
    }
    for (const { id, table } of csv === undefined ? [] : figures) {
      outputs.push({ path: `${csv}/${id}.csv`, text: tableCsv(table) });
    }
    outputs.push({ path: out, text: pageHtml(sources, sections) });
    await requireNoInput(operands, outputs.map(({ path }) => path));
    await requirePage(out);
    for (const folder of [svg, csv]) if (folder !== undefined) await ensureWritable(folder);
    for (const { path, text } of outputs) await writeAtomically(path, new TextEncoder().encode(text));
    console.log(`report: ${out}, ${counted(plots.length, "plot")} and ${counted(figures.length, "table")}`);
    if (svg !== undefined) console.log(`plots: ${svg}/*.svg`);
    if (csv !== undefined) console.log(`tables: ${csv}/*.csv`);
  },
};
