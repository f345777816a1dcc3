/**
 * Reports that later ones are held against: a file, or a name under which one
 * was kept.
 *
 * @module
 */

import type { Tolerance } from "../metrics/diff.ts";
import { ensureWritable } from "../package/atomic_files.ts";
import { refuseUnused, type Values } from "./options.ts";

/** Folder of reports that were saved under a name, in the working directory. */
const FOLDER = "baselines";

/** The file behind a name; what has a slash or ends in .json is a file's own. */
export function baselinePath(nameOrFile: string): string {
  return /\/|\.json$/.test(nameOrFile) ? nameOrFile : `${FOLDER}/${nameOrFile}.json`;
}

/** Makes the folder of named reports where a name needs it. @throws {UserError} when it cannot. */
export async function ensureBaselineFolder(path: string): Promise<void> {
  if (!path.startsWith(`${FOLDER}/`)) return;
  await ensureWritable(FOLDER);
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
export function refuseWithoutBaseline({ against }: Values, args: readonly string[]): void {
  if (against === undefined) {
    refuseUnused("eoq bench without --against", ["--max-regression", "--force", "--strict"], args);
  }
}
