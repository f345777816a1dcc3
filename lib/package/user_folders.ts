/**
 * The user's folders in which eoq keeps things: what it makes for itself, and datasets.
 *
 * @module
 */

import { UserError } from "../errors.ts";

/** The value of an environment variable; undefined where it is empty, too. */
function variable(name: string): string | undefined {
  return Deno.env.get(name) || undefined;
}

/** The folder that `own` names, else `eoq` in the one that `xdg` names, else in `inHome` of the home folder. */
function userFolder(own: string, xdg: string, inHome: string): string | undefined {
  const named = variable(own);
  if (named !== undefined) return named;
  const base = variable(xdg);
  if (base !== undefined) return `${base}/eoq`;
  const home = variable("HOME");
  return home && `${home}/${inHome}/eoq`;
}

/**
 * The folder of compiled kernels and of decoded images: `$EOQ_CACHE`, else `eoq`
 * in the user's cache folder.
 *
 * @throws {UserError} when no variable names one.
 */
export function cacheFolder(): string {
  const folder = userFolder("EOQ_CACHE", "XDG_CACHE_HOME", ".cache");
  if (folder !== undefined) return folder;
  throw new UserError("no cache folder: set EOQ_CACHE to a folder that can be written");
}

/** The folder of all datasets, as {@linkcode storeFolder}; undefined when no variable names one. */
export function findStoreFolder(): string | undefined {
  return userFolder("EOQ_DATA", "XDG_DATA_HOME", ".local/share");
}

/**
 * The folder of all datasets: `$EOQ_DATA`, else `eoq` in `$XDG_DATA_HOME`, else in `~/.local/share`.
 *
 * @throws {UserError} when no variable names one.
 */
export function storeFolder(): string {
  const folder = findStoreFolder();
  if (folder !== undefined) return folder;
  throw new UserError("no folder for datasets: set EOQ_DATA to one");
}
