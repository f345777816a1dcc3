import { assert, assertEquals } from "@std/assert";
import { openLibrary } from "../../lib/native/library.ts";
import { PATHS } from "../../lib/native/paths.ts";
import { path } from "./compile.ts";
import { assertShapes } from "./path_shapes.ts";

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

Deno.test("what operations are counted with is what the kernels of this machine are compiled with", () =>
  assertShapes(Deno.build.arch, Deno.env.get("CC") || "cc"));
