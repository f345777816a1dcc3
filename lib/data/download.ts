/**
 * Downloads a file whose length and checksum are known, going on from what an
 * earlier attempt left.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { format as formatBytes } from "@std/fmt/bytes";
import { RunError, writeError } from "../errors.ts";
import { isThere } from "./files.ts";
import { fetchFrom, Refused } from "./ranged_fetch.ts";
import type { RemoteFile } from "./sources.ts";

/** How patient a download is. */
export interface Patience {
  /** Milliseconds without a byte after which an attempt is given up. */
  readonly stall: number;
  /** Attempts in a row that bring next to nothing. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; before each further one twice as many. */
  readonly pause: number;
}

/** For servers and lines as they are. */
const PATIENCE: Patience = { stall: 30_000, attempts: 5, pause: 1000 };

/** Who listens to a download, and how patient it is. */
export interface DownloadOptions {
  readonly patience?: Patience;
  /** Stops between two chunks; what is there is kept. */
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes are there. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** An attempt that brings less than this part of the file was for nothing. */
const LEAST_PART = 1 / 100;

/** MD5 of a file in hex. */
async function md5Of(path: string): Promise<string> {
  const hash = createHash("md5");
  using file = await Deno.open(path);
  const buffer = new Uint8Array(1 << 20);
  for (let read = await file.read(buffer); read !== null; read = await file.read(buffer)) {
    hash.update(buffer.subarray(0, read));
  }
  return hash.digest("hex");
}

function pauseFor(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}

/** Bytes that are there; more than there should be are of another file and go. */
async function bytesKept(path: string, { bytes }: RemoteFile): Promise<number> {
  if (!await isThere(path)) return 0;
  const { size } = await Deno.stat(path);
  if (size <= bytes) return size;
  await Deno.truncate(path);
  return 0;
}

/**
 * Attempts until the file is long enough.
 *
 * @returns Whether it was put together from what several attempts brought.
 * @throws {RunError} when they lead nowhere.
 */
async function complete(remote: RemoteFile, path: string, options: DownloadOptions): Promise<boolean> {
  const { patience = PATIENCE, signal, onProgress } = options;
  const { url, bytes } = remote;
  const size = (amount: number) => formatBytes(amount, { binary: true });
  const failure = (reason: string, done: number) => {
    const kept = `; ${size(done)} of ${size(bytes)} are kept, the same command goes on from there`;
    return new RunError(`${url}: ${reason}${done > 0 ? kept : ""}`);
  };
  let done = await bytesKept(path, remote);
  let joined = false;
  for (let fruitless = 0; done < bytes;) {
    const before = done;
    joined ||= before > 0;
    let reason = "the server stopped early";
    try {
      done = await fetchFrom(remote, path, done, { stall: patience.stall, signal, onProgress });
    } catch (error) {
      if (error instanceof Refused || !(error instanceof RunError)) throw error;
      reason = error.message;
      done = await bytesKept(path, remote);
    }
    if (done >= bytes) return joined;
    if (signal?.aborted) throw failure("interrupted", done);
    fruitless = done - before < bytes * LEAST_PART ? fruitless + 1 : 0;
    if (fruitless >= patience.attempts) throw failure(reason, done);
    await pauseFor(patience.pause * 2 ** Math.max(0, fruitless - 1), signal);
  }
  return true;
}

/**
 * Downloads a file to a path, or what is missing of it there, and checks it.
 *
 * @throws {RunError} when the server does not give the published file; what came of it is kept where it may be of use.
 * @throws {UserError} when it cannot be written.
 */
export async function download(remote: RemoteFile, path: string, options: DownloadOptions = {}): Promise<void> {
  for (let again = true;; again = false) {
    const joined = await complete(remote, path, options);
    const found = await md5Of(path);
    if (found === remote.md5) return;
    await Deno.remove(path).catch((error) => {
      throw writeError(path, error);
    });
    // Parts can be of different versions of the file, or damaged; in one piece it may be right.
    if (joined && again) continue;
    throw new RunError(`${remote.url}: its MD5 is ${found}, the published one ${remote.md5}; nothing of it is kept`);
  }
}
