/**
 * The shapes of paths' vectors, as the compiler sees them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { PATHS } from "../../lib/native/paths.ts";
import { path, run } from "./compile.ts";

/** The numbers that LANES, GROUP and OFFSET stand for where a source ends. */
async function macros(compiler: string, source: string, flags: readonly string[]): Promise<number[]> {
  const { code, stdout, stderr } = await run(compiler, ["-std=c11", ...flags, "-E", "-dM", source]);
  assertEquals(code, 0, stderr);
  return ["LANES", "GROUP", "OFFSET"].map((name) =>
    Number(new RegExp(`^#define ${name} (.*)$`, "m").exec(stdout)?.[1])
  );
}

/** Name of the path whose fp32 kernels each path runs, from kernels/core/paths.h. */
async function fp32Paths(): Promise<Record<string, string>> {
  const header = await Deno.readTextFile(path("../../kernels/core/paths.h"));
  const rows = [...header.matchAll(/^ *PATH\(\w+, (\w+), "(.+)", \w+, (\w+)\)/gm)];
  const names = Object.fromEntries(rows.map(([, symbol, name]) => [symbol, name!]));
  return Object.fromEntries(rows.map(([, , name, fp32]) => [name, names[fp32!]!]));
}

/** Fails unless the registry of paths has the vectors of the sources of every path of a processor. */
export async function assertShapes(arch: string, compiler: string): Promise<void> {
  const fp32Of = await fp32Paths();
  const shapeOf = async (arithmetic: string, name: string) => {
    const source = path(`../../kernels/${arithmetic}/simd.${name}.c`);
    const [lanes, group, offset] = await macros(compiler, source, PATHS[name]!.flags);
    return { lanes, group, offset: offset !== 0 };
  };
  assertEquals(Object.keys(fp32Of), ["scalar", ...Object.keys(PATHS)]);
  for (const [name, path] of Object.entries(PATHS)) {
    if (path.arch !== arch) continue;
    assertEquals(await shapeOf("int8", name), { ...path.int8 }, name);
    assertEquals(await shapeOf("fp32", fp32Of[name]!), { ...path.fp32 }, name);
  }
}
