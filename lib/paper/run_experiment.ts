/**
 * Runs an experiment and keeps its report up to date: JSON and Markdown are
 * written anew after each cell.
 *
 * @module
 */

import { environmentLine } from "../report/environment.ts";
import type { Environment } from "../report/run.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { ensureWritable, writeAtomically } from "../package/atomic_files.ts";
import { type Experiment, isDone, runGrid, type Standing } from "./grid.ts";
import { GridProgress } from "./progress.ts";
import { markdownSection, type Section } from "../terminal/section.ts";
import type { ExperimentName, Scale } from "../report/scale.ts";
import { type CellResult, type PaperReport, paperReportSchema } from "../report/paper.ts";

/** What {@linkcode runExperiment} needs beside the experiment. */
export interface ExperimentRun {
  readonly name: ExperimentName;
  readonly scale: Scale;
  /** The command line, from `eoq` on. */
  readonly command: string;
  readonly environment: Environment;
  /** Folder of cells and reports. */
  readonly folder: string;
  readonly jobs: number;
  readonly signal: AbortSignal;
  /** Where progress is drawn, if anywhere. */
  readonly terminal: Terminal | undefined;
}

/** Where {@linkcode runExperiment} ended. */
export interface ExperimentEnd {
  /** As it is in the folder. */
  readonly report: PaperReport;
  readonly sections: readonly Section[];
  readonly standings: readonly Standing<unknown>[];
}

/** Names of the two reports in the folder. */
export const REPORT_JSON = "report.json", REPORT_MARKDOWN = "report.md";

/**
 * Runs what is not done yet.
 *
 * @returns where it ended: complete, or as far as it came.
 * @throws {UserError} when the input of a cell is at fault or the folder cannot be written.
 */
export async function runExperiment<Result extends CellResult>(
  experiment: Experiment<Result>,
  run: ExperimentRun,
): Promise<ExperimentEnd> {
  const { folder, jobs, signal, terminal } = run;
  await ensureWritable(folder);
  const progress = terminal && new GridProgress(terminal);
  let report: PaperReport | undefined;
  try {
    const standings = await runGrid(experiment.cells, {
      jobs,
      signal,
      onChange: async (standings) => {
        report = makeReport(experiment, run, standings);
        await writeText(`${folder}/${REPORT_JSON}`, JSON.stringify(report, null, 2) + "\n");
        await writeText(
          `${folder}/${REPORT_MARKDOWN}`,
          markdownReport(experiment.title, report, experiment.sections(standings)),
        );
        progress?.change(standings);
      },
      onProgress: (cell, share) => progress?.progress(cell, share),
    });
    return { report: report!, sections: experiment.sections(standings), standings };
  } finally {
    progress?.clear();
  }
}

async function writeText(path: string, text: string): Promise<void> {
  await writeAtomically(path, new TextEncoder().encode(text));
}

function makeReport<Result>(
  experiment: Experiment<Result>,
  { name, scale, command, environment }: ExperimentRun,
  standings: readonly Standing<Result>[],
): PaperReport {
  return paperReportSchema.parse({
    schemaVersion: 1,
    experiment: name,
    scale,
    budget: experiment.budget,
    command,
    date: new Date().toISOString(),
    environment,
    complete: standings.every(({ outcome }) => isDone(outcome)),
    comparisons: experiment.compare(standings),
    cells: standings.map(({ cell, outcome }) => ({
      name: cell.name,
      command: cell.command,
      status: outcome.status,
      message: "message" in outcome ? outcome.message : null,
      date: outcome.status === "finished" ? outcome.date : null,
      result: outcome.status === "finished" ? outcome.result : null,
    })),
  });
}

/** Environments that cells ran in, each once, with the number of its cells and the days. */
function cellEnvironments({ cells }: PaperReport): string[] {
  const dates = new Map<string, string[]>();
  for (const { result, date } of cells) {
    if (result === null || date === null) continue;
    const line = environmentLine(result.environment);
    dates.set(line, [...(dates.get(line) ?? []), date.slice(0, "2000-01-01".length)]);
  }
  return [...dates].map(([line, days]) =>
    `- ${days.length} of ${cells.length} cells, ${[...new Set(days)].sort().join(", ")}: ${line}`
  );
}

/** The report in Markdown. */
function markdownReport(title: string, report: PaperReport, sections: readonly Section[]): string {
  const { experiment, scale, budget, command, date, complete, cells } = report;
  const done = cells.filter(({ status }) => status === "finished" || status === "failed").length;
  return [
    `# ${experiment}: ${title}`,
    "",
    `\`${command}\``,
    "",
    `Scale ${scale}: ${budget}. Written ${date}.${complete ? "" : ` Not complete: ${done} of ${cells.length} cells.`}`,
    "",
    ...cellEnvironments(report),
    "",
    ...sections.map(markdownSection),
    "## Commands",
    "",
    "Each cell by itself:",
    "",
    "```",
    ...cells.map((cell) => cell.command),
    "```",
    "",
  ].join("\n");
}
