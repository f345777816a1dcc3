/**
 * Decoded images in a file, one after the other, and the SHA-256 of them all at
 * its end: decoding them again each epoch would take longer than training, and
 * memory may not hold them.
 *
 * @module
 */

import { RunError, UserError, writeError } from "../errors.ts";
import { moveToPlace } from "../package/atomic_files.ts";
import { sha256OfPieces } from "../package/sha256.ts";
import { imageBytes } from "./dataset.ts";
import type { ImageShape } from "../plan/plan.ts";
import { type FileSplit, RecordFile } from "./record_file.ts";

/** Images decoded at a time. */
const CHUNK = 64;

/** What {@linkcode writePixelFile} needs. */
export interface PixelSource {
  readonly count: number;
  readonly bytesPerImage: number;
  readonly decode: (index: number) => Promise<Uint8Array>;
  /** Told how many images are done. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

const DIGEST_BYTES = 32;

/** Bytes read at a time. */
const BLOCK = 1 << 20;

/** Bytes of a file from where it stands, in pieces that are valid until the next. */
async function* blocks(file: Deno.FsFile): AsyncGenerator<Uint8Array> {
  const block = new Uint8Array(BLOCK);
  for (let read = await file.read(block); read !== null; read = await file.read(block)) yield block.subarray(0, read);
}

/** Whether a file is there and holds so many bytes of images, and their digest behind them. */
async function isWhole(path: string, bytes: number): Promise<boolean> {
  const size = await Deno.stat(path).then((stat) => stat.size, () => undefined);
  if (size !== bytes + DIGEST_BYTES) return false;
  using file = await Deno.open(path);
  const hash = await sha256OfPieces();
  let at = 0;
  const kept: number[] = [];
  for await (const block of blocks(file)) {
    hash.update(block.subarray(0, Math.max(0, bytes - at)));
    if (at + block.length > bytes) kept.push(...block.subarray(Math.max(0, bytes - at)));
    at += block.length;
  }
  return hash.digest().equals(Uint8Array.from(kept));
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength;) at += await file.write(bytes.subarray(at));
}

/** Images that a line names at most. */
const MOST_NAMED = 20;

/** The error for images that cannot be decoded: all of them at once, so that one look mends them all. */
function broken(failures: readonly UserError[]): UserError {
  const named = failures.slice(0, MOST_NAMED).map(({ message }) => message);
  const more = failures.length > MOST_NAMED ? [`and ${failures.length - MOST_NAMED} more`] : [];
  return new UserError([...named, ...more].join("; "));
}

async function decodeAll({ count, decode, onProgress }: PixelSource, file: Deno.FsFile): Promise<void> {
  await file.truncate();
  const hash = await sha256OfPieces(), failures: UserError[] = [];
  for (let from = 0; from < count; from += CHUNK) {
    onProgress?.(from, count);
    const chunk = Array.from({ length: Math.min(CHUNK, count - from) }, (_, i) => decode(from + i));
    for (const decoded of await Promise.allSettled(chunk)) {
      if (decoded.status === "fulfilled") {
        hash.update(decoded.value);
        if (failures.length === 0) await writeAll(file, decoded.value);
      } else if (decoded.reason instanceof UserError) failures.push(decoded.reason);
      else throw decoded.reason;
    }
  }
  if (failures.length > 0) throw broken(failures);
  await writeAll(file, hash.digest());
}

/**
 * Makes sure that a file holds the images. It gets its name when the disk has
 * it whole, and is made anew when it was changed since; who comes while another
 * process writes it waits for that.
 *
 * @throws {UserError} when it cannot be written, and whatever decoding throws.
 */
export async function writePixelFile(path: string, source: PixelSource): Promise<void> {
  const bytes = source.count * source.bytesPerImage;
  if (await isWhole(path, bytes)) return;
  const part = `${path}.part`;
  try {
    using file = await Deno.open(part, { write: true, create: true });
    await file.lock(true);
    if (await isWhole(path, bytes)) return;
    try {
      await decodeAll(source, file);
      await moveToPlace(part, path);
    } catch (error) {
      // Not removed: another process may hold it open and wait for its turn.
      await file.truncate();
      throw error;
    }
  } catch (error) {
    throw error instanceof RunError ? error : writeError(path, error);
  }
}

/**
 * Opens a file of images, in the order of the labels.
 *
 * @param offset where the first one begins
 * @throws {UserError} naming the file when it cannot be opened.
 */
export function openPixelFile(
  path: string,
  shape: ImageShape,
  labels: Int16Array<ArrayBuffer>,
  offset = 0,
): FileSplit {
  const file = new RecordFile(path, imageBytes(shape), offset);
  const image = (index: number) => file.read(index);
  return { shape, count: labels.length, labels, image, [Symbol.dispose]: () => file[Symbol.dispose]() };
}
