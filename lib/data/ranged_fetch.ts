/**
 * One HTTP request for the rest of a file.
 *
 * @module
 */

import { messageOf, RunError, UserError, writeError } from "../errors.ts";
import type { RemoteFile } from "./sources.ts";

/** An answer that another attempt would not better. */
export class Refused extends RunError {}

/** An answer to a request for a part that asking for the whole may better. */
class WrongPart extends RunError {}

/** How a request is watched. */
export interface FetchOptions {
  /** Milliseconds without a byte after which the request is given up. */
  readonly stall: number;
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes of the file are there. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Statuses that say "not now". */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Aborts a request when nothing comes for too long, or when the user wants out. */
class Watch implements Disposable {
  readonly #controller = new AbortController();
  readonly #stall: number;
  readonly #user: AbortSignal | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #abort = () => this.#controller.abort(new RunError("interrupted"));

  constructor(stall: number, user: AbortSignal | undefined) {
    this.#stall = stall;
    this.#user = user;
    user?.addEventListener("abort", this.#abort);
    if (user?.aborted) this.#abort();
    this.alive();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something came. */
  alive(): void {
    clearTimeout(this.#timer);
    const reason = new RunError(`the server sent nothing for ${this.#stall / 1000} seconds`);
    this.#timer = setTimeout(() => this.#controller.abort(reason), this.#stall);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#user?.removeEventListener("abort", this.#abort);
  }
}

/**
 * Where in the file the body of an answer begins.
 *
 * @throws {Refused} when it is no part of the published file.
 * @throws {WrongPart} when it is another part than the one asked for.
 * @throws {RunError} when another attempt may do better.
 */
function startOf({ status, statusText, headers }: Response, { url, bytes }: RemoteFile, asked: number): number {
  const wrongLength = (length: string) => new Refused(`${url}: has ${length} bytes, the published file ${bytes}`);
  if (status === 200) {
    const length = headers.get("content-length");
    if (length !== null && Number(length) !== bytes) throw wrongLength(length);
    return 0;
  }
  if (status === 206) {
    const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "") ?? [];
    if (total !== undefined && total !== "*" && Number(total) !== bytes) throw wrongLength(total);
    if (Number(from) === asked) return asked;
  }
  const answer = `${status} ${statusText}`.trim();
  if (asked > 0 && (status === 206 || status === 416)) throw new WrongPart(answer);
  throw PASSING.has(status) ? new RunError(answer) : new Refused(`${url}: ${answer}`);
}

/** The error for whatever a request failed of: one that asks for another attempt, unless it is known already. */
function passing(error: unknown): Error {
  const known = [RunError, UserError, Deno.errors.NotCapable].some((each) => error instanceof each);
  if (known) return error as Error;
  // fetch itself says only that it failed.
  const cause = error instanceof Error ? error.cause : undefined;
  return new RunError(messageOf(cause ?? error).split("\n")[0]!);
}

async function ask({ url }: RemoteFile, from: number, signal: AbortSignal): Promise<Response> {
  // A body that is compressed on the way would be counted and resumed wrongly.
  const headers = { "accept-encoding": "identity", ...(from > 0 && { range: `bytes=${from}-` }) };
  try {
    return await fetch(url, { headers, signal });
  } catch (error) {
    throw passing(error);
  }
}

async function openAt(path: string, from: number): Promise<Deno.FsFile> {
  try {
    const file = await Deno.open(path, { write: true, create: true });
    await file.truncate(from);
    await file.seek(from, Deno.SeekMode.Start);
    return file;
  } catch (error) {
    throw writeError(path, error);
  }
}

async function append(file: Deno.FsFile, path: string, chunk: Uint8Array): Promise<void> {
  try {
    for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
  } catch (error) {
    throw writeError(path, error);
  }
}

/** Opens the file where the body of the answer belongs; an answer without use is not read. */
async function place(response: Response, remote: RemoteFile, path: string, asked: number) {
  try {
    const start = startOf(response, remote, asked);
    return { start, file: await openAt(path, start) };
  } catch (error) {
    await response.body?.cancel();
    if (error instanceof WrongPart) (await openAt(path, 0)).close();
    throw error;
  }
}

/**
 * Asks for the bytes of a file from `from` on and writes what comes to a path,
 * from the start where the server sends the whole file instead.
 *
 * @returns How many bytes of the file are there when the body ends.
 * @throws {Refused} when another attempt would not help; a RunError when it may; a UserError when writing fails.
 */
export async function fetchFrom(
  remote: RemoteFile,
  path: string,
  from: number,
  options: FetchOptions,
): Promise<number> {
  const { url, bytes } = remote;
  using watch = new Watch(options.stall, options.signal);
  const response = await ask(remote, from, watch.signal);
  const { start, file } = await place(response, remote, path, from);
  using _ = file;
  let done = start;
  try {
    for await (const chunk of response.body ?? []) {
      watch.alive();
      if (done + chunk.length > bytes) {
        await file.truncate();
        throw new Refused(`${url}: sends more than the ${bytes} bytes published`);
      }
      await append(file, path, chunk);
      done += chunk.length;
      options.onProgress?.(done, bytes);
    }
  } catch (error) {
    throw passing(error);
  }
  return done;
}
