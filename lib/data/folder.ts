/**
 * The dataset that a folder of image files makes: decoded once to one size,
 * kept in the cache folder and read from there image by image.
 *
 * @module
 */

import { UserError, writeError } from "../errors.ts";
import { sha256Text } from "../package/sha256.ts";
import { cacheFolder } from "../package/user_folders.ts";
import { type Dataset, imageBytes } from "./dataset.ts";
import type { ImageShape } from "../plan/plan.ts";
import { type Decode, DECODER, loadDecoder } from "./decode.ts";
import { type ImageFolder, type LabelledFile, listImageFolder } from "./image_folder.ts";
import { openPixelFile, writePixelFile } from "./pixel_file.ts";

/** How a folder becomes a dataset. */
export interface FolderOptions {
  /** Height and width in pixels that every image gets. */
  readonly imageSize: number;
  /** Told how many images of a split are decoded. */
  readonly onDecoded?: ((done: number, total: number) => void) | undefined;
  /** Told in a line how many files of the folder are not used, where any are not. */
  readonly onLeftOut?: ((line: string) => void) | undefined;
}

/** A name that changes with whatever could change a pixel. */
async function cacheName(folder: string, size: number, files: readonly LabelledFile[]): Promise<string> {
  return (await sha256Text(JSON.stringify([DECODER, folder, size, files]))).slice(0, 32);
}

async function makeCacheFolder(): Promise<string> {
  const folder = `${cacheFolder()}/images`;
  try {
    await Deno.mkdir(folder, { recursive: true });
  } catch (error) {
    throw writeError(`the folder ${folder}`, error);
  }
  return folder;
}

/** What the two splits have in common. */
interface Decoding extends FolderOptions {
  readonly folder: string;
  readonly shape: ImageShape;
  readonly cache: string;
}

async function openFiles(files: readonly LabelledFile[], { folder, shape, cache, imageSize, onDecoded }: Decoding) {
  const path = `${cache}/${await cacheName(folder, imageSize, files)}`;
  let decoder: Promise<Decode> | undefined;
  await writePixelFile(path, {
    count: files.length,
    bytesPerImage: imageBytes(shape),
    decode: async (index) => await (await (decoder ??= loadDecoder(shape)))(files[index]!.path),
    onProgress: onDecoded,
  });
  return openPixelFile(path, shape, Int16Array.from(files, ({ label }) => label));
}

/** Opens both splits; what cannot be decoded is named of both. */
async function openBoth({ train, test }: ImageFolder, decoding: Decoding) {
  const failures: UserError[] = [];
  const open = async (files: readonly LabelledFile[]) => {
    try {
      return await openFiles(files, decoding);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      failures.push(error);
    }
  };
  const opened = [await open(train), await open(test)] as const;
  if (opened[0] !== undefined && opened[1] !== undefined) return [opened[0], opened[1]] as const;
  opened.forEach((split) => split?.[Symbol.dispose]());
  throw new UserError([...new Set(failures.map(({ message }) => message))].join("; "));
}

/**
 * Loads the images of a folder.
 *
 * @throws {UserError} naming the file or folder that is at fault.
 * @throws {RunError} when the decoder cannot be loaded.
 */
export async function loadFolder(folder: string, options: FolderOptions): Promise<Dataset> {
  const listed: ImageFolder = await listImageFolder(folder);
  if (listed.leftOut !== undefined) options.onLeftOut?.(`${folder}: ${listed.leftOut}`);
  const { imageSize } = options;
  const shape: ImageShape = { height: imageSize, width: imageSize, channels: 3 };
  const [train, test] = await openBoth(listed, { ...options, folder, shape, cache: await makeCacheFolder() });
  const close = () => [train, test].forEach((split) => split[Symbol.dispose]());
  const { classes: classNames } = listed;
  return { name: "folder", ...shape, classes: classNames.length, classNames, train, test, close };
}
