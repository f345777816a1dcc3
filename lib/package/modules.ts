/**
 * Modules of the package that run in a process of their own.
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
