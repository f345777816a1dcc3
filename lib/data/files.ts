/**
 * A dataset's files: read whole, and named in every error.
 *
 * @module
 */

import { messageOf, UserError } from "../errors.ts";
import { gunzip } from "./gunzip.ts";

/** A file's content and the name that errors call it by. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The error for a file that cannot be read. */
export function readError(name: string, error: unknown): Error {
  if (error instanceof Deno.errors.NotCapable || error instanceof UserError) return error;
  if (error instanceof Deno.errors.NotFound) return new UserError(`${name}: no such file`);
  return new UserError(`${name}: cannot be read: ${messageOf(error)}`);
}

/** Reads a file. @throws {UserError} naming it when it is missing, no file or cannot be read. */
export async function readNamed(path: string | URL): Promise<NamedBytes> {
  const { name, bytes } = await readHead(path, Infinity);
  return { name, bytes };
}

/** The first bytes of a file, and how many it has. */
export interface FileHead extends NamedBytes {
  readonly length: number;
}

/** Reads up to `count` bytes of a file's beginning. @throws {UserError} as {@linkcode readNamed} does. */
export async function readHead(path: string | URL, count: number): Promise<FileHead> {
  const name = path instanceof URL ? decodeURIComponent(path.pathname) : path;
  try {
    const { isFile, size: length } = await Deno.stat(path);
    // A device or a pipe may have no end.
    if (!isFile) throw new UserError(`${name}: is no file`);
    using file = await Deno.open(path);
    const bytes = new Uint8Array(Math.min(count, length));
    let at = 0;
    for (let read; at < bytes.length && (read = await file.read(bytes.subarray(at))) !== null;) at += read;
    return { name, bytes: bytes.subarray(0, at), length };
  } catch (error) {
    throw readError(name, error);
  }
}

/** The most bytes that are taken out of a gzipped file, whatever it says of itself: 2 GiB. */
const MOST_BYTES = 2 ** 31;

/** Bytes at the beginning of a file that say how long it is. */
const HEAD_BYTES = 16;

/**
 * The content of a gzipped file, no more of it than a byte behind its end: the
 * reader says what is wrong with that.
 *
 * @param lengthOf bytes of the whole by its first 16, or those that there are.
 */
async function gunzipUpTo(path: string, lengthOf: (head: Uint8Array) => number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0, most = HEAD_BYTES;
  for await (const chunk of gunzip((await Deno.open(path)).readable)) {
    const before = bytes;
    bytes += chunk.length;
    chunks.push(chunk);
    if (before < HEAD_BYTES) most = lengthOf((await new Blob(chunks).bytes()).subarray(0, HEAD_BYTES)) + 1;
    if (bytes >= most) break;
    if (bytes > MOST_BYTES) throw new UserError(`${path}: has more than ${MOST_BYTES} bytes`);
  }
  return (await new Blob(chunks).bytes()).subarray(0, Math.max(most, HEAD_BYTES));
}

/**
 * Reads a file, or decompresses the one of that name with `.gz` behind it when that is the one there is.
 *
 * @param lengthOf bytes of the whole by its first 16, or those that there are: a small file can grow without end.
 * @throws {UserError} naming it when it is missing or damaged.
 */
export async function readPlainOrGzip(path: string, lengthOf: (head: Uint8Array) => number): Promise<NamedBytes> {
  const gzip = `${path}.gz`;
  if (await isThere(path) || !await isThere(gzip)) return await readNamed(path);
  try {
    return { name: gzip, bytes: await gunzipUpTo(gzip, lengthOf) };
  } catch (error) {
    throw error instanceof UserError ? error : new UserError(`${gzip}: damaged: ${messageOf(error)}`);
  }
}

/** Whether there is a file or folder of this name that can be seen. */
export function isThere(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, (error) => {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return false;
  });
}
