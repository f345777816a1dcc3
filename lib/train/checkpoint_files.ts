/**
 * Checkpoints on disk: the newest under its own name, the ones before it under
 * the same name with .1, .2 and so on, and what to do when one is damaged.
 *
 * @module
 */

import { messageOf, UserError } from "../errors.ts";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, isCheckpoint, MAGIC_BYTES } from "./checkpoint.ts";
import { earlierPath, isFile, writeKeepingEarlier } from "../package/atomic_files.ts";

/** Checkpoints of one run that can be kept. */
export const MOST_KEPT = 16;

/**
 * Writes a checkpoint; the file is either the old one or the whole new one.
 *
 * @param keep Checkpoints to keep, this one among them: 1 to {@linkcode MOST_KEPT}.
 * @throws {UserError} naming the file when its folder is at fault.
 * @throws {RunError} naming the file when the disk is.
 */
export async function saveCheckpoint(path: string, checkpoint: Checkpoint, keep = 1): Promise<void> {
  await writeKeepingEarlier(path, await encodeCheckpoint(checkpoint), keep);
}

/** The bytes of a file, of which no more than the beginning is read where that is none of a checkpoint. */
async function readCheckpoint(path: string): Promise<Uint8Array<ArrayBuffer>> {
  // A device or a pipe may have no end, and a foreign file may be of any size.
  if (!(await Deno.stat(path)).isFile) throw new UserError(`${path}: the checkpoint cannot be read: it is no file`);
  const beginning = new Uint8Array(MAGIC_BYTES);
  {
    using file = await Deno.open(path);
    await file.read(beginning);
  }
  return isCheckpoint(beginning) ? await Deno.readFile(path) : beginning;
}

/** Reads a checkpoint. @throws {UserError} naming the file and what is wrong with it. */
export async function loadCheckpoint(path: string): Promise<Checkpoint> {
  let bytes;
  try {
    bytes = await readCheckpoint(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable || error instanceof UserError) throw error;
    if (error instanceof Deno.errors.NotFound) throw new UserError(`${path}: no such checkpoint`);
    throw new UserError(`${path}: the checkpoint cannot be read: ${messageOf(error)}`);
  }
  return await decodeCheckpoint(bytes, path);
}

/** The files in which checkpoints of a run lie, newest first. */
export async function checkpointFiles(path: string): Promise<string[]> {
  const all = Array.from({ length: MOST_KEPT }, (_, writes) => earlierPath(path, writes));
  const there = await Promise.all(all.map(isFile));
  return all.filter((_, i) => there[i]);
}

/** A checkpoint and what was wrong with the newer ones. */
export interface FoundCheckpoint {
  readonly path: string;
  readonly checkpoint: Checkpoint;
  /** One line for each newer file that cannot be read. */
  readonly passed: readonly string[];
}

/**
 * The newest checkpoint that can be read.
 *
 * @returns `undefined` when there is no file.
 * @throws {UserError} naming the newest file when none can be read.
 */
export async function loadNewest(path: string): Promise<FoundCheckpoint | undefined> {
  const failures: UserError[] = [];
  for (const file of await checkpointFiles(path)) {
    try {
      return { path: file, checkpoint: await loadCheckpoint(file), passed: failures.map(messageOf) };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return undefined;
}
