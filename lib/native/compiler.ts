/**
 * The system's C compiler.
 *
 * @module
 */

import { RunError, UserError } from "../errors.ts";
import { runChild } from "../package/child.ts";

/** A C compiler that answered. */
export interface Compiler {
  /** What runs it. */
  readonly command: string;
  /** First line of its `--version`. */
  readonly version: string;
}

/** What is tried where $CC names none; the permissions of the tasks name the same. */
export const COMPILERS: readonly string[] = ["cc", "gcc"];

/** Asks a compiler for its version; undefined where it is not there or has none. */
async function askCompiler(command: string): Promise<Compiler | undefined> {
  try {
    const { success, stdout } = await runChild(command, { args: ["--version"], stderr: "null" });
    if (success) return { command, version: new TextDecoder().decode(stdout).split("\n")[0] ?? "" };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** The compiler that $CC names. @throws {UserError} when it cannot be run, with its name. */
async function namedCompiler(command: string): Promise<Compiler> {
  const flags = /^\S+\s+-/.test(command) ? ": it is one program, without flags" : "";
  const found = await askCompiler(command).catch((error) => {
    if (!(error instanceof Deno.errors.NotCapable) || flags !== "") return undefined;
    throw new UserError(
      `CC: Deno may not run "${command}", but ${COMPILERS.join(", ")}: unset CC, or start eoq with deno run -A cli.ts`,
    );
  });
  if (found === undefined) throw new UserError(`CC: "${command}" is no compiler that can be run${flags}`);
  return found;
}

/**
 * Finds the compiler: `$CC`, else the first of {@linkcode COMPILERS} that is there.
 *
 * @throws {UserError} when $CC names one that cannot be run.
 */
export async function findCompiler(): Promise<Compiler | undefined> {
  const named = Deno.env.get("CC");
  if (named) return await namedCompiler(named);
  for (const command of COMPILERS) {
    const found = await askCompiler(command);
    if (found !== undefined) return found;
  }
}

/** The compiler that must be there. @throws {UserError} that says how to install one. */
export async function requireCompiler(): Promise<Compiler> {
  const compiler = await findCompiler();
  if (compiler !== undefined) return compiler;
  throw new UserError(
    `no C compiler found (tried ${COMPILERS.join(", ")}): install one, on Debian or Ubuntu with: ` +
      "apt-get install gcc libc6-dev",
  );
}

/** Runs a compiler in a folder. @throws {RunError} with its first error when it fails. */
export async function runCompiler(
  compiler: Compiler,
  args: readonly string[],
  cwd: string,
  what: string,
): Promise<void> {
  const { success, stderr } = await runChild(compiler.command, {
    args: [...args],
    cwd,
    // What the callers look for in a complaint is its English.
    env: { LC_ALL: "C" },
    stdout: "null",
  });
  if (!success) {
    const text = new TextDecoder().decode(stderr);
    const line = text.split("\n").find((each) => /error|cannot find/.test(each)) ?? text.split("\n")[0] ?? "";
    throw new RunError(`${compiler.command} failed on ${what}: ${line.trim()}`);
  }
}
