/**
 * Runs tests on kernels that are compiled with AddressSanitizer and
 * UndefinedBehaviorSanitizer: `deno run test/sanitizer.ts [paths]`.
 *
 * Deno itself is not instrumented, so the sanitizer's runtime is preloaded.
 *
 * @module
 */

import { RunError } from "../lib/errors.ts";
import { buildLibrary } from "../lib/native/build.ts";
import { findCompiler } from "../lib/native/compiler.ts";
import { runLanes } from "./lanes.ts";

/**
 * Environment in which Deno can load sanitized code.
 *
 * @throws {RunError} without a gcc that has the sanitizer's runtime.
 */
export async function sanitizerEnvironment(): Promise<Record<string, string>> {
  const compiler = await findCompiler();
  if (compiler === undefined) throw new RunError("no C compiler found (tried $CC, cc, gcc)");
  const args = ["-print-file-name=libasan.so"];
  const { stdout } = await new Deno.Command(compiler.command, { args }).output();
  const runtime = new TextDecoder().decode(stdout).trim();
  if (!runtime.startsWith("/")) throw new RunError(`${compiler.command} has no libasan.so: set CC to a gcc that has`);
  // V8 keeps its heap to the end of the process, which the leak check would report.
  return { LD_PRELOAD: runtime, ASAN_OPTIONS: "detect_leaks=0", UBSAN_OPTIONS: "print_stacktrace=1" };
}

if (import.meta.main) {
  const env = { ...await sanitizerEnvironment(), EOQ_LIB: (await buildLibrary("sanitized")).path };
  Deno.exit(await runLanes(["--no-check", "-A"], Deno.args, env));
}
