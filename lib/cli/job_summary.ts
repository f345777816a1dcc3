/**
 * The job summary of GitHub Actions: Markdown that a step appends to a file.
 *
 * @module
 */

import { writeError } from "../errors.ts";
import type { Export } from "../metrics/formats/export.ts";
import { markdown } from "../metrics/formats/markdown.ts";

const VARIABLE = "GITHUB_STEP_SUMMARY";

/** Appends a document to the job's summary, where there is a job. @throws {UserError} when it cannot. */
export async function writeJobSummary(document: Export): Promise<void> {
  if (Deno.permissions.querySync({ name: "env", variable: VARIABLE }).state !== "granted") return;
  const path = Deno.env.get(VARIABLE);
  if (path === undefined || path === "") return;
  try {
    await Deno.writeTextFile(path, `${markdown(document)}\n\n`, { append: true });
  } catch (error) {
    throw writeError(`${VARIABLE} ${path}`, error);
  }
}
