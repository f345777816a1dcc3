/**
 * How a command hands over values and verdicts, in the format that is asked for.
 *
 * @module
 */

import { UserError, writeError } from "../errors.ts";
import type { Export } from "../metrics/formats/export.ts";
import { EXPORTERS, type Format, FORMATS } from "../metrics/formats/formats.ts";
import { diffSection, markdown } from "../metrics/formats/markdown.ts";
import type { Diff } from "../metrics/diff.ts";
import { formatSection } from "../terminal/section.ts";
import { outputWidth } from "../terminal/terminal.ts";
import { oneOf } from "../words.ts";
import type { Invocation } from "./command.ts";
import { print } from "./print.ts";
import { say } from "./warn.ts";

/** Names the job summary of GitHub Actions: Markdown that a step appends to a file. */
const JOB_SUMMARY = "GITHUB_STEP_SUMMARY";

/** The format that is asked for; `--json` is short for one. @throws {UserError} when two are. */
export function formatOf({ values: { json, format }, given }: Pick<Invocation, "values" | "given">): Format {
  if (!json) return oneOf("format", format, FORMATS);
  if (given.has("format") && format !== "json") throw new UserError("--json and --format: give one of them");
  return "json";
}

/** Verdicts for people: a table, and why values were left out. */
export function verdictTable(diff: Diff): string {
  const section = diffSection(diff);
  return (section.rows.length > 0 ? formatSection(section, outputWidth()) : section.notes.join("\n")).trimEnd();
}

/** What is printed of a document in the two formats that are the command's own. */
export interface OwnFormats {
  /** Those of them that say what a baseline comes to. */
  readonly saysVerdicts: readonly Format[];
  readonly table: () => string;
  readonly json: () => string;
}

/**
 * Prints a document and adds it to the job's summary. Where the format has no
 * room for verdicts, they go to stderr.
 */
export async function printDocument(format: Format, document: Export, own: OwnFormats): Promise<void> {
  const isOwn = format === "table" || format === "json";
  if (format === "table") print(own.table());
  else console.log(isOwn ? own.json() : (await EXPORTERS[format].load())(document));
  const { diff } = document;
  const saysVerdicts = isOwn ? own.saysVerdicts.includes(format) : EXPORTERS[format].verdicts;
  if (diff !== undefined && !saysVerdicts) say(verdictTable(diff));
  await writeJobSummary(document);
}

/** Appends a document to the job's summary, where there is a job. @throws {UserError} when it cannot. */
async function writeJobSummary(document: Export): Promise<void> {
  if (Deno.permissions.querySync({ name: "env", variable: JOB_SUMMARY }).state !== "granted") return;
  const path = Deno.env.get(JOB_SUMMARY);
  if (path === undefined || path === "") return;
  try {
    await Deno.writeTextFile(path, `${markdown(document)}\n\n`, { append: true });
  } catch (error) {
    throw writeError(`${JOB_SUMMARY} ${path}`, error);
  }
}
