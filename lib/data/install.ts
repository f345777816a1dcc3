/**
 * Gets a dataset into the store: downloads its archives, checks and unpacks
 * them, and gives the folder its name when all of it is there.
 *
 * @module
 */

import { RunError, UserError, writeError } from "../errors.ts";
import { download, type DownloadOptions } from "./download.ts";
import { isThere } from "./files.ts";
import { gunzip } from "./gunzip.ts";
import type { Archive, DatasetSource } from "./sources.ts";
import { untar } from "./tar.ts";

/** What an installation tells of itself. */
export interface InstallOptions extends Omit<DownloadOptions, "onProgress"> {
  /** Told how many bytes of all archives are there. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** The folder of unfinished downloads of a dataset. */
export function stagingFolder(store: string, name: string): string {
  return `${store}/.${name}.download`;
}

/** The first file that is missing or has another length, and what is wrong with it; undefined when there is none. */
export async function findDefect(folder: string, { files }: DatasetSource): Promise<string | undefined> {
  for (const { name, bytes } of files) {
    const path = `${folder}/${name}`;
    if (!await isThere(path)) return `${path} is missing`;
    const { size } = await Deno.stat(path);
    if (size !== bytes) return `${path} has ${size} bytes, not ${bytes}`;
  }
}

async function* unzipped(path: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  yield* gunzip((await Deno.open(path)).readable);
}

async function writeFile(path: string, chunks: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<void> {
  await Deno.writeFile(path, ReadableStream.from(chunks));
}

/** Unpacks the dataset's files, and no others, into a folder. */
async function unpack(archive: string, { packed }: Archive, source: DatasetSource, folder: string): Promise<void> {
  const content = unzipped(archive);
  if ("gzip" in packed) return await writeFile(`${folder}/${packed.gzip}`, content);
  const paths = new Map(source.files.map(({ name }) => [`${packed.tar}/${name}`, `${folder}/${name}`]));
  for await (const entry of untar(content)) {
    const path = paths.get(entry.name);
    if (path !== undefined) await writeFile(path, entry.content);
  }
}

const fileName = ({ url }: Archive) => url.slice(url.lastIndexOf("/") + 1);

async function fill(source: DatasetSource, staging: string, options: InstallOptions): Promise<string> {
  const total = source.archives.reduce((sum, { bytes }) => sum + bytes, 0);
  let before = 0;
  for (const archive of source.archives) {
    const onProgress = (done: number) => options.onProgress?.(before + done, total);
    await download(archive, `${staging}/${fileName(archive)}`, { ...options, onProgress });
    before += archive.bytes;
  }
  const folder = `${staging}/unpacked`;
  if (await isThere(folder)) await Deno.remove(folder, { recursive: true });
  await Deno.mkdir(folder);
  for (const archive of source.archives) {
    await unpack(`${staging}/${fileName(archive)}`, archive, source, folder);
  }
  const defect = await findDefect(folder, source);
  if (defect !== undefined) throw new RunError(`${source.name}: after unpacking, ${defect}`);
  return folder;
}

/** The file whose lock says that a process is at work in the folder. */
async function lock(staging: string, name: string): Promise<Deno.FsFile> {
  const file = await Deno.open(`${staging}/lock`, { write: true, create: true });
  if (await file.tryLock(true)) return file;
  file.close();
  throw new UserError(`${name}: another eoq is getting it`);
}

/**
 * Gets a dataset, or goes on where an earlier call stopped.
 *
 * @returns The dataset's folder.
 * @throws {RunError} when the server does not give the published files or the signal stops it.
 * @throws {UserError} when the folder is there but damaged, cannot be written, or another process is at work in it.
 */
export async function install(source: DatasetSource, store: string, options: InstallOptions = {}): Promise<string> {
  const { name } = source;
  const folder = `${store}/${name}`, staging = stagingFolder(store, name);
  try {
    if (!await isThere(folder)) {
      await Deno.mkdir(staging, { recursive: true });
      using _ = await lock(staging, name);
      // Another process may have finished before the lock was ours.
      if (!await isThere(folder)) await Deno.rename(await fill(source, staging, options), folder);
      await Deno.remove(staging, { recursive: true });
    }
  } catch (error) {
    throw error instanceof RunError ? error : writeError(staging, error);
  }
  const defect = await findDefect(folder, source);
  if (defect !== undefined) throw new UserError(`${name}: ${defect}: remove ${folder} and get it again`);
  return folder;
}
