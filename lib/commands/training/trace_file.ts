/**
 * The file that `--trace` names: one line of JSON a traced step.
 *
 * @module
 */

import { UserError, writeError } from "../../errors.ts";
import type { TraceRecord } from "../../train/trace.ts";

/** An open trace. */
export class TraceFile implements Disposable {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  #replaces: boolean;

  /**
   * @param resume Whether to write behind what an earlier part of the run wrote; a step that it traced twice then
   * has two lines.
   * @param overwrite Whether an earlier trace may go with {@linkcode clear}.
   * @throws {UserError | RunError} naming the file when it cannot be written or holds an earlier trace.
   */
  constructor(path: string, { resume, overwrite }: { readonly resume: boolean; readonly overwrite: boolean }) {
    this.#path = path;
    this.#replaces = overwrite && !resume;
    try {
      this.#file = Deno.openSync(path, { create: true, append: true });
      const { isFile, size } = this.#file.statSync();
      if (resume || overwrite || !isFile || size === 0) return;
      this.#file.close();
      throw new UserError(`--trace: ${path} holds an earlier trace: --overwrite replaces it`);
    } catch (error) {
      throw writeError(path, error);
    }
  }

  /** Removes an earlier trace, where that may go; the first line does so, too. */
  clear(): void {
    if (this.#replaces && this.#file.statSync().isFile) this.#file.truncateSync();
    this.#replaces = false;
  }

  /** @throws {UserError | RunError} naming the file when it cannot be written. */
  write(record: TraceRecord): void {
    const line = new TextEncoder().encode(JSON.stringify(record) + "\n");
    try {
      this.clear();
      for (let written = 0; written < line.byteLength;) written += this.#file.writeSync(line.subarray(written));
    } catch (error) {
      throw writeError(this.#path, error);
    }
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}
