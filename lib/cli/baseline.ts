/**
 * Reports that later ones are held against: a file, or a name under which one
 * was kept.
 *
 * @module
 */

import type { Tolerance } from "../metrics/diff.ts";
import { UserError } from "../errors.ts";
import { ensureWritable, isFile } from "../package/atomic_files.ts";
import { refuseUnused, type Values } from "./options.ts";

/** Folder of reports that were saved under a name, in the working directory. */
const FOLDER = "baselines";

/** The file behind a name; what has a slash or ends in .json is a file's own. */
export function baselinePath(nameOrFile: string): string {
  return /\/|\.json$/.test(nameOrFile) ? nameOrFile : `${FOLDER}/${nameOrFile}.json`;
}

/**
 * Makes sure that a report can be saved: makes the folder of named ones where a name needs it.
 *
 * @throws {UserError} when it cannot, or when an earlier report lies there and is not to be replaced.
 */
export async function ensureBaseline(path: string, { overwrite }: Pick<Values, "overwrite">): Promise<void> {
  if (!overwrite && await isFile(path)) {
    throw new UserError(`--save: ${path} holds an earlier report: --overwrite replaces it`);
  }
  if (path.startsWith(`${FOLDER}/`)) await ensureWritable(FOLDER);
}

/** What the options allow. */
export function toleranceOf(values: Values): Tolerance {
  return {
    maxRegression: values["max-regression"],
    minAccuracy: values["min-accuracy"],
    force: values.force,
    strict: values.strict,
  };
}

/** @throws {UserError} naming an option that says something of a baseline where none is given. */
export function refuseWithoutBaseline({ against, beside }: Values, args: readonly string[]): void {
  if (against !== undefined && beside !== undefined) throw new UserError("--against and --beside: give one of them");
  if (against === undefined && beside === undefined) {
    refuseUnused("eoq bench without --against or --beside", ["--max-regression", "--force", "--strict"], args);
  }
}
