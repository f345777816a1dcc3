/**
 * Small C programs that tests compile against the kernels' own sources.
 *
 * @module
 */

import { assertEquals } from "@std/assert";

/** Absolute path of a file, relative to this one. */
export const path = (relative: string) => new URL(relative, import.meta.url).pathname;

const KERNELS = path("../../kernels/");

/** Runs a command and decodes what it prints. */
export async function run(command: string, args: readonly string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(command, { args: [...args], env }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/** Compiles a C file beside this one with the library's thread pool and scratch. */
export async function compile(source: string, output: string, flags: readonly string[]): Promise<void> {
  const sources = [
    path(source),
    ...["core/scratch.c", "core/threads.c", "core/beside.c", "core/status.c"].map((file) => KERNELS + file),
  ];
  const common = ["-std=gnu11", "-pthread", `-I${KERNELS}`];
  const { code, stderr } = await run(Deno.env.get("CC") || "cc", [...common, ...flags, ...sources, "-o", output]);
  assertEquals(code, 0, stderr);
}
