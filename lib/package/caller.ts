/**
 * The folder that the user is in.
 *
 * @module
 */

const ROOT = new URL("../../", import.meta.url);

/** Where `deno task` and npm were called from: tasks run in the folder of their configuration. */
const CALLER = "INIT_CWD";

/**
 * Goes back to the folder that a task of the checkout was called from: paths
 * that the user types are meant from there. Elsewhere, and without the
 * permission to know it, nothing happens.
 */
export function enterCallersFolder(): void {
  if (ROOT.protocol !== "file:") return;
  if (Deno.permissions.querySync({ name: "env", variable: CALLER }).state !== "granted") return;
  if (Deno.permissions.querySync({ name: "read" }).state !== "granted") return;
  const caller = Deno.env.get(CALLER);
  const inRoot = () => Deno.realPathSync(".") === Deno.realPathSync(decodeURIComponent(ROOT.pathname));
  try {
    if (caller !== undefined && caller !== "" && inRoot()) Deno.chdir(caller);
  } catch {
    // A folder that is gone is nobody's: paths are from where the program is.
  }
}
