/**
 * Processes that eoq starts: with what of the environment they may have, modules
 * of the package that run by themselves, and signals to those that may have ended.
 *
 * @module
 */

const ROOT = new URL("../../", import.meta.url);

/**
 * Flags of V8, in `deno.json` too. The space in which it makes new objects stays at 1 MiB instead of growing: no time that
 * could be measured is lost by that, and training takes up to 20 MiB less, counting operations 50.
 */
export const V8_FLAGS: readonly string[] = ["--v8-flags=--max-semi-space-size=1"];

/** The arguments of `deno` that run a module of the package, by its path from the package's root. */
export function runModule(path: string, permissions: readonly string[]): string[] {
  const allowed = ROOT.protocol === "file:" || permissions.includes("--allow-all");
  const imports = allowed ? [] : [`--allow-import=${ROOT.host}`];
  return ["run", "--quiet", ...V8_FLAGS, ...permissions, ...imports, new URL(path, ROOT).href];
}

/** What Deno says where a variable of the dynamic loader keeps it from starting a process, with their names. */
const FORBIDDEN = /spawn subprocess with ([\w, ]+?) environment variables?\./;

/**
 * Starts a process. Under permissions for named programs alone Deno starts none
 * that inherits a variable of the dynamic loader, as LD_PRELOAD or the
 * LD_LIBRARY_PATH of most machines with a GPU: it could make any program do
 * anything. The process then has them empty, which the loader takes for absent.
 *
 * @throws whatever Deno does when the program is not there or not allowed.
 */
export function spawnChild(command: string, options: Deno.CommandOptions): Deno.ChildProcess {
  const start = (env: Record<string, string>) =>
    new Deno.Command(command, { ...options, env: { ...options.env, ...env } }).spawn();
  try {
    return start({});
  } catch (error) {
    const [, names] = error instanceof Deno.errors.NotCapable ? FORBIDDEN.exec(error.message) ?? [] : [];
    if (names === undefined) throw error;
    return start(Object.fromEntries(names.split(", ").map((name) => [name, ""])));
  }
}

/** Runs a process to its end, without input. @throws as {@linkcode spawnChild}. */
export async function runChild(command: string, options: Deno.CommandOptions = {}): Promise<Deno.CommandOutput> {
  return await spawnChild(command, { stdin: "null", stdout: "piped", stderr: "piped", ...options }).output();
}

/** Sends a process a signal; one that has ended a moment before, which Deno refuses with a TypeError, needs none. */
export function signalChild(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}
