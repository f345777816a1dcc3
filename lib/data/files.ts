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

/** Reads a file. @throws {UserError} naming it when it is missing or cannot be read. */
export async function readNamed(path: string | URL): Promise<NamedBytes> {
  const name = path instanceof URL ? decodeURIComponent(path.pathname) : path;
  try {
    return { name, bytes: await Deno.readFile(path) };
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    if (error instanceof Deno.errors.NotFound) throw new UserError(`${name}: no such file`);
    throw new UserError(`${name}: cannot be read: ${messageOf(error)}`);
  }
}
