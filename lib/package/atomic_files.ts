/**
 * Files that are either whole or not there, and the questions asked before one is written.
 *
 * @module
 */

import { UserError, writeError } from "../errors.ts";

/**
 * Writes a file under a temporary name beside its place, waits until the disk
 * has it, and renames it, so that an interrupt, a crash or a full disk leaves
 * the earlier file untouched. A link goes on pointing to what it points to, and
 * a device or a pipe, as /dev/null and /dev/stdout, is written to and stays one.
 *
 * @throws {UserError} naming the file when its folder is at fault.
 * @throws {RunError} naming the file when the disk is.
 */
export async function writeAtomically(path: string, bytes: Uint8Array): Promise<void> {
  const { isSymlink } = await Deno.lstat(path).catch(() => ({ isSymlink: false }));
  const place = isSymlink ? await Deno.realPath(path).catch(() => path) : path;
  await replace(place, bytes, 1, `${place}.${crypto.randomUUID()}.tmp`);
}

/**
 * The same for a file of which some earlier versions are kept, and that one
 * process alone writes: what a kill left of its temporary file is overwritten. A
 * link gives its place to the file.
 *
 * @param keep Files to keep: this one, and those it replaces one after the other under {@linkcode earlierPath}.
 * @throws {UserError | RunError} as {@linkcode writeAtomically}.
 */
export async function writeKeepingEarlier(path: string, bytes: Uint8Array, keep: number): Promise<void> {
  await replace(path, bytes, keep, `${path}.tmp`);
}

/** Where the file lies that was `path` so many writes ago. */
export function earlierPath(path: string, writes: number): string {
  return writes === 0 ? path : `${path}.${writes}`;
}

/** Gives a file that was written under another name on the same disk its own, once the disk has it whole. */
export async function moveToPlace(from: string, to: string): Promise<void> {
  {
    using file = await Deno.open(from, { write: true });
    await file.sync();
  }
  await Deno.rename(from, to);
  // Not by node:path, of which loading takes 4 MiB.
  using folder = await Deno.open(to.slice(0, to.lastIndexOf("/") + 1) || ".");
  await folder.sync();
}

async function replace(path: string, bytes: Uint8Array, keep: number, temporary: string): Promise<void> {
  try {
    const there = await Deno.stat(path).catch(() => undefined);
    if (there !== undefined && !there.isFile && !there.isDirectory) return await writeToDisk(path, bytes, false);
    await writeToDisk(temporary, bytes);
    for (let writes = keep - 1; writes > 0; writes--) {
      await moveIfThere(earlierPath(path, writes - 1), earlierPath(path, writes));
    }
    await moveToPlace(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw writeError(path, error);
  }
}

async function writeToDisk(path: string, bytes: Uint8Array, create = true): Promise<void> {
  using file = await Deno.open(path, { write: true, create, truncate: create });
  for (let written = 0; written < bytes.byteLength;) written += await file.write(bytes.subarray(written));
}

async function moveIfThere(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
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

/** @throws {UserError} where a folder lies in the place of a file that is to be written. */
export async function requireNoFolder(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const there = await Deno.stat(path).catch(() => undefined);
    if (there?.isDirectory) throw new UserError(`cannot write ${path}: it is a folder`);
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
