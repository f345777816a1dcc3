/**
 * The shapes of paths' vectors, as the compiler sees them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { PATHS, type VectorShape } from "../../lib/native/paths.ts";
import { path, run } from "./compile.ts";

/** What LANES, GROUP, OFFSET and PAIRS stand for where a source ends. */
async function macros(compiler: string, source: string, flags: readonly string[]): Promise<VectorShape> {
  const { code, stdout, stderr } = await run(compiler, ["-std=c11", ...flags, "-E", "-dM", source]);
  assertEquals(code, 0, stderr);
  const [lanes, group, offset, pairs] = ["LANES", "GROUP", "OFFSET", "PAIRS"].map((name) =>
    new RegExp(`^#define ${name} (.*)$`, "m").exec(stdout)?.[1]
  );
  return { lanes: Number(lanes), group: Number(group), offset: Number(offset) !== 0, pairs: pairs !== undefined };
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
    return await macros(compiler, source, PATHS[name]!.flags);
  };
  assertEquals(Object.keys(fp32Of), ["scalar", ...Object.keys(PATHS)]);
  for (const [name, path] of Object.entries(PATHS)) {
    if (path.arch !== arch) continue;
    assertEquals(await shapeOf("int8", name), { ...path.int8 }, name);
    assertEquals(await shapeOf("fp32", fp32Of[name]!), { ...path.fp32 }, name);
  }
}
