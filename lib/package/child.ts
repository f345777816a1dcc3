/**
 * Processes that eoq starts: modules of the package that run by themselves, and
 * signals to those that may have ended.
 *
 * @module
 */

const ROOT = new URL("../../", import.meta.url);

/** The arguments of `deno` that run a module of the package, by its path from the package's root. */
export function runModule(path: string, permissions: readonly string[]): string[] {
  const allowed = ROOT.protocol === "file:" || permissions.includes("--allow-all");
  const imports = allowed ? [] : [`--allow-import=${ROOT.host}`];
  return ["run", "--quiet", ...permissions, ...imports, new URL(path, ROOT).href];
}

/** Sends a process a signal; one that has ended a moment before, which Deno refuses with a TypeError, needs none. */
export function signalChild(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}
