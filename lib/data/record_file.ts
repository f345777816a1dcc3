/**
 * Records of one length in a file that stays open: who needs some of them reads
 * those, and holds one at a time. Processes of one machine then share what its
 * system keeps of the file.
 *
 * @module
 */

import { RunError } from "../errors.ts";
import type { Split } from "./dataset.ts";
import { readError } from "./files.ts";

/** A split whose images are read from files that stay open until the split is closed. */
export interface FileSplit extends Split, Disposable {}

/** A file of records. */
export class RecordFile implements Disposable {
  /** How errors call it. */
  readonly name: string;
  readonly #file: Deno.FsFile;
  readonly #offset: number;
  readonly #record: Uint8Array<ArrayBuffer>;

  /**
   * @param bytes of a record
   * @param offset where the first one begins
   * @throws {UserError} naming the file when it cannot be opened.
   */
  constructor(path: string, bytes: number, offset = 0) {
    try {
      this.#file = Deno.openSync(path);
    } catch (error) {
      throw readError(path, error);
    }
    this.name = path;
    this.#offset = offset;
    this.#record = new Uint8Array(bytes);
  }

  /** A record; valid until the next call. @throws {RunError} naming the file when it ends before. */
  read(index: number): Uint8Array<ArrayBuffer> {
    const record = this.#record;
    this.#file.seekSync(this.#offset + index * record.byteLength, Deno.SeekMode.Start);
    for (let at = 0; at < record.byteLength;) {
      const read = this.#file.readSync(record.subarray(at));
      if (read === null) throw new RunError(`${this.name}: ends before its image ${index}`);
      at += read;
    }
    return record;
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}
