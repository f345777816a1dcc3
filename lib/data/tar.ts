/**
 * Reads tar archives in the ustar form (POSIX.1-1988 and what GNU tar wrote
 * in its time): enough for archives of plain files with short names.
 *
 * @module
 */

import { RunError } from "../errors.ts";

const BLOCK = 512;

/** A file of an archive. */
export interface TarEntry {
  /** Path in the archive. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** What is in it; must be read before the next entry is asked for, or it is skipped. */
  readonly content: AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** Bytes that come in chunks of any size, taken in pieces that the reader wants. */
class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array<ArrayBuffer>>;
  #left = new Uint8Array();

  constructor(chunks: AsyncIterable<Uint8Array<ArrayBuffer>>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next bytes, 1 to `most`. @throws {RunError} at the end. */
  async next(most: number): Promise<Uint8Array<ArrayBuffer>> {
    while (this.#left.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) throw new RunError("the archive ends in the middle");
      this.#left = value;
    }
    const taken = this.#left.subarray(0, most);
    this.#left = this.#left.subarray(taken.length);
    return taken;
  }

  async block(): Promise<Uint8Array<ArrayBuffer>> {
    const block = new Uint8Array(BLOCK);
    for (let at = 0; at < BLOCK;) {
      const bytes = await this.next(BLOCK - at);
      block.set(bytes, at);
      at += bytes.length;
    }
    return block;
  }
}

function text(block: Uint8Array, from: number, length: number): string {
  const field = block.subarray(from, from + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function octal(block: Uint8Array, from: number, length: number): number {
  const digits = text(block, from, length).trim();
  if (!/^[0-7]+$/.test(digits)) throw new RunError("the archive has a header that is no tar header");
  return parseInt(digits, 8);
}

/** Where the header keeps the sum of its own bytes, which counts as spaces there. */
const CHECKSUM = { from: 148, length: 8 } as const;

function checkHeader(block: Uint8Array): void {
  const { from, length } = CHECKSUM;
  const sum = block.reduce((total, byte, i) => total + (i >= from && i < from + length ? 0x20 : byte), 0);
  if (sum !== octal(block, from, length)) throw new RunError("the archive has a header that is no tar header");
}

/**
 * Yields the plain files of an archive; folders, links and extended headers
 * are passed over.
 *
 * @throws {RunError} when the bytes end early or are no tar archive.
 */
export async function* untar(chunks: AsyncIterable<Uint8Array<ArrayBuffer>>): AsyncGenerator<TarEntry> {
  const source = new ByteSource(chunks);
  for (;;) {
    const block = await source.block();
    if (block.every((byte) => byte === 0)) return;
    checkHeader(block);
    const size = octal(block, 124, 12);
    let left = size;
    const content = (async function* () {
      while (left > 0) {
        const bytes = await source.next(left);
        left -= bytes.length;
        yield bytes;
      }
    })();
    const prefix = text(block, 257, 6) === "ustar" ? text(block, 345, 155) : "";
    const name = text(block, 0, 100);
    const type = text(block, 156, 1);
    if (type === "" || type === "0") yield { name: prefix === "" ? name : `${prefix}/${name}`, size, content };
    left += (BLOCK - size % BLOCK) % BLOCK;
    while (left > 0) left -= (await source.next(left)).length;
  }
}
