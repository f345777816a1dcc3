/**
 * Decoded images in a file, one after the other: decoding them again each
 * epoch would take longer than training, and memory may not hold them.
 *
 * @module
 */

import { RunError, writeError } from "../errors.ts";
import { imageBytes, type Split } from "./dataset.ts";
import type { ImageShape } from "../plan/plan.ts";
import { readError } from "./files.ts";

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

async function isWhole(path: string, bytes: number): Promise<boolean> {
  return await Deno.stat(path).then(({ size }) => size === bytes, () => false);
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength;) at += await file.write(bytes.subarray(at));
}

async function decodeAll({ count, decode, onProgress }: PixelSource, file: Deno.FsFile): Promise<void> {
  await file.truncate();
  for (let from = 0; from < count; from += CHUNK) {
    onProgress?.(from, count);
    const chunk = Array.from({ length: Math.min(CHUNK, count - from) }, (_, i) => decode(from + i));
    for (const pixels of await Promise.all(chunk)) await writeAll(file, pixels);
  }
  await file.syncData();
}

/**
 * Makes sure that a file holds the images. It gets its name when it is whole;
 * who comes while another process writes it waits for that.
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
      await Deno.rename(part, path);
    } catch (error) {
      // Not removed: another process may hold it open and wait for its turn.
      await file.truncate();
      throw error;
    }
  } catch (error) {
    throw error instanceof RunError ? error : writeError(path, error);
  }
}

/** A split whose images are read from a file that stays open until the split is closed. */
export interface FileSplit extends Split, Disposable {}

/**
 * Opens a file of images, in the order of the labels.
 *
 * @throws {UserError} naming the file when it cannot be opened.
 */
export function openPixelFile(path: string, shape: ImageShape, labels: Int16Array<ArrayBuffer>): FileSplit {
  const pixels = new Uint8Array(imageBytes(shape));
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path);
  } catch (error) {
    throw readError(path, error);
  }
  const image = (index: number) => {
    file.seekSync(index * pixels.byteLength, Deno.SeekMode.Start);
    for (let at = 0; at < pixels.byteLength;) {
      const read = file.readSync(pixels.subarray(at));
      if (read === null) throw new RunError(`${path}: ends before its image ${index}`);
      at += read;
    }
    return pixels;
  };
  return { shape, count: labels.length, labels, image, [Symbol.dispose]: () => file.close() };
}
