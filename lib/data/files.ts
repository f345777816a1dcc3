/**
 * A dataset's files: read whole, and named in every error.
 *
 * @module
 */

import { messageOf, UserError } from "../errors.ts";

/** A file's content and the name that errors call it by. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The error for a file that cannot be read. */
export function readError(name: string, error: unknown): Error {
  if (error instanceof Deno.errors.NotCapable) return error;
  if (error instanceof Deno.errors.NotFound) return new UserError(`${name}: no such file`);
  return new UserError(`${name}: cannot be read: ${messageOf(error)}`);
}

/** Reads a file. @throws {UserError} naming it when it is missing or cannot be read. */
export async function readNamed(path: string | URL): Promise<NamedBytes> {
  const name = path instanceof URL ? decodeURIComponent(path.pathname) : path;
  try {
    return { name, bytes: await Deno.readFile(path) };
  } catch (error) {
    throw readError(name, error);
  }
}

/** Reads a file, or decompresses the one of that name with `.gz` behind it when that is the one there is. */
export async function readPlainOrGzip(path: string): Promise<NamedBytes> {
  const gzip = `${path}.gz`;
  if (await isThere(path) || !await isThere(gzip)) return await readNamed(path);
  const { bytes } = await readNamed(gzip);
  try {
    const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return { name: gzip, bytes: await new Response(plain).bytes() };
  } catch (error) {
    throw new UserError(`${gzip}: damaged: ${messageOf(error)}`);
  }
}

/** Whether there is a file or folder of this name that can be seen. */
export function isThere(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, (error) => {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return false;
  });
}
