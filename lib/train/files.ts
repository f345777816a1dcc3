/**
 * Files that are either whole or not there, and the questions asked before one is written.
 *
 * @module
 */

import { writeError } from "../errors.ts";

/**
 * Writes a file under a temporary name beside its place and renames it, so
 * that an interrupt or a full disk leaves the earlier file untouched.
 *
 * @throws {UserError} naming the file when it cannot be written.
 */
export async function writeAtomically(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await Deno.writeFile(temporary, bytes, { createNew: true });
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw writeError(path, error);
  }
}

/**
 * Makes sure that a folder exists and takes files, before hours of work depend
 * on it.
 *
 * @throws {UserError} naming the folder when it does not.
 */
export async function ensureWritable(folder: string): Promise<void> {
  try {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.remove(await Deno.makeTempFile({ dir: folder, prefix: ".eoq-" }));
  } catch (error) {
    throw writeError(`the folder ${folder}`, error);
  }
}

/** Whether a file is there. */
export function isFile(path: string): Promise<boolean> {
  return Deno.stat(path).then((stat) => stat.isFile, () => false);
}

/** The text of a file, or undefined where there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
