/**
 * Runs clang with the arguments that it is given, in a process that may run
 * clang: eoq itself may not, since Deno speaks of every program that a task may
 * run and that is not there. Exits as clang does, or with {@linkcode NO_CLANG}.
 *
 * @module
 */

import { runChild } from "../../package/child.ts";

/** The exit code where there is no clang. */
export const NO_CLANG = 127;

const { NotFound, NotCapable } = Deno.errors;

if (import.meta.main) {
  try {
    const { code, stderr } = await runChild("clang", { args: Deno.args, stdout: "null" });
    await Deno.stderr.write(stderr);
    Deno.exitCode = code;
  } catch (error) {
    // Of a program that is not there Deno grants nothing.
    if (!(error instanceof NotFound || error instanceof NotCapable)) throw error;
    Deno.exitCode = NO_CLANG;
  }
}
