/**
 * Where what eoq makes for itself lies: compiled kernels, and images of folders.
 *
 * @module
 */

import { UserError } from "../errors.ts";

/** The cache folder: `$EOQ_CACHE`, else `eoq` in the user's cache folder. */
export function cacheFolder(): string {
  const own = Deno.env.get("EOQ_CACHE");
  if (own !== undefined && own !== "") return own;
  const xdg = Deno.env.get("XDG_CACHE_HOME");
  if (xdg !== undefined && xdg !== "") return `${xdg}/eoq`;
  const home = Deno.env.get("HOME");
  if (home === undefined || home === "") {
    throw new UserError("no cache folder: set EOQ_CACHE to a folder that can be written");
  }
  return `${home}/.cache/eoq`;
}
