import { assert, assertEquals } from "@std/assert";
import { openLibrary } from "../../lib/native/library.ts";
import { PATHS } from "../../lib/native/paths.ts";
import { path, run } from "./compile.ts";

/** The numbers that LANES, GROUP and OFFSET stand for where a source ends. */
async function macros(source: string, flags: readonly string[]): Promise<number[]> {
  const { code, stdout, stderr } = await run(Deno.env.get("CC") || "cc", ["-std=c11", ...flags, "-E", "-dM", source]);
  assertEquals(code, 0, stderr);
  return ["LANES", "GROUP", "OFFSET"].map((name) =>
    Number(new RegExp(`^#define ${name} (.*)$`, "m").exec(stdout)?.[1])
  );
}

const sourceOf = (arithmetic: string, name: string) => path(`../../kernels/${arithmetic}/simd.${name}.c`);

/** Names of the paths that have kernels of their own in a folder of kernels. */
const sourcesOf = (arithmetic: string) =>
  [...Deno.readDirSync(path(`../../kernels/${arithmetic}`))]
    .flatMap(({ name }) => /^simd\.(.+)\.c$/.exec(name)?.[1] ?? []).sort();

Deno.test("the library and the sources have the paths of the registry", async () => {
  using library = await openLibrary();
  const paths = library.isaPaths();
  assertEquals(paths.map(({ name }) => name), ["scalar", ...Object.keys(PATHS)]);
  for (const { name, built } of paths) {
    assertEquals(built, name === "scalar" || PATHS[name]!.arch === Deno.build.arch, name);
  }
  assertEquals(sourcesOf("int8"), Object.keys(PATHS).sort());
  for (const name of sourcesOf("fp32")) assert(name in PATHS, name);
});

/** Name of the path whose fp32 kernels each path runs, from kernels/core/paths.h. */
async function fp32Paths(): Promise<Record<string, string>> {
  const header = await Deno.readTextFile(path("../../kernels/core/paths.h"));
  const rows = [...header.matchAll(/^ *PATH\(\w+, (\w+), "(.+)", \w+, (\w+)\)/gm)];
  const names = Object.fromEntries(rows.map(([, symbol, name]) => [symbol, name!]));
  return Object.fromEntries(rows.map(([, , name, fp32]) => [name, names[fp32!]!]));
}

Deno.test("what operations are counted with is what the kernels of this machine are compiled with", async () => {
  const fp32Of = await fp32Paths();
  const shapeOf = async (arithmetic: string, name: string) => {
    const [lanes, group, offset] = await macros(sourceOf(arithmetic, name), PATHS[name]!.flags);
    return { lanes, group, offset: offset !== 0 };
  };
  assertEquals(Object.keys(fp32Of), ["scalar", ...Object.keys(PATHS)]);
  for (const [name, { arch, int8, fp32 }] of Object.entries(PATHS)) {
    if (arch !== Deno.build.arch) continue;
    assertEquals(await shapeOf("int8", name), { ...int8 }, name);
    assertEquals(await shapeOf("fp32", fp32Of[name]!), { ...fp32 }, name);
  }
});
