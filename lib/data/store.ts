/**
 * Where datasets are kept: a folder each, in one folder of the user's.
 *
 * @module
 */

import { UserError } from "../errors.ts";
import { findStoreFolder } from "../package/user_folders.ts";
import { isThere } from "./files.ts";

/** Folders in which a system's packages put a dataset. */
const SYSTEM_FOLDERS: Readonly<Record<string, string>> = {
  // Debian's dataset-fashion-mnist.
  "fashion-mnist": "/usr/share/datasets/fashion-mnist",
};

/** Where `eoq data get` puts a dataset; undefined where no variable names a folder for it. */
export function downloadedFolder(name: string): string | undefined {
  const store = findStoreFolder();
  return store && `${store}/${name}`;
}

/** The folder of a dataset: the downloaded one, else that of a system's package; undefined when there is none. */
export async function findFolder(name: string): Promise<string | undefined> {
  const downloaded = downloadedFolder(name);
  if (downloaded !== undefined && await isThere(downloaded)) return downloaded;
  const system = SYSTEM_FOLDERS[name];
  return system !== undefined && await isThere(system) ? system : undefined;
}

/** The folder of a dataset. @throws {UserError} saying how to get it when it is not here. */
export async function requireFolder(name: string): Promise<string> {
  const folder = await findFolder(name);
  if (folder === undefined) {
    throw new UserError(`${name} is not here: get it with eoq data get ${name}, or name its folder with --data DIR`);
  }
  return folder;
}
