/**
 * The report of an experiment in Markdown.
 *
 * @module
 */

import { environmentLine } from "../report/environment.ts";
import type { PaperReport } from "../report/paper.ts";
import { markdownSection, type Section } from "../terminal/section.ts";

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

/** The whole report. */
export function markdownReport(title: string, report: PaperReport, sections: readonly Section[]): string {
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
