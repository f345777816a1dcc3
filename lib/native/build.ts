/**
 * Compiles the kernels with the system's C compiler, once: the library lies in
 * the cache under a key that hashes sources, flags and compiler, so a change of
 * any of them makes a new one and nothing stale is ever loaded.
 *
 * @module
 */

import { packageDigests, packageFiles, packageText } from "../package/files.ts";
import { type BuiltLibrary, cachedLibrary, OUTPUT } from "./cache.ts";
import { type Compiler, runCompiler } from "./compiler.ts";
import { type Path, PATHS } from "./paths.ts";

export { type BuiltLibrary, cachedLibrary, OUTPUT } from "./cache.ts";
export { type Compiler, runCompiler } from "./compiler.ts";

/** Folder of the sources in the package. */
const KERNELS = "kernels/";
const COMMON_FLAGS = ["-std=c11", "-fPIC", "-pthread", "-fvisibility=hidden", "-Wall", "-Wextra"];

/** What the `sanitized` variant is compiled and linked with: the first error ends the process. */
export const SANITIZER_FLAGS: readonly string[] = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

/**
 * Variants of the library. Tests compare `integer-only`, which holds no fp32
 * kernels, with the normal one, and run on `sanitized`, which reports every
 * access out of bounds and needs the sanitizer's runtime in the process. And
 * `counting` tallies every arithmetic operation of the scalar reference, on one
 * thread.
 */
export type BuildVariant = "normal" | "integer-only" | "sanitized" | "counting";

const VARIANT_FLAGS: Readonly<Record<BuildVariant, readonly string[]>> = {
  normal: ["-O3"],
  "integer-only": ["-O3", "-mgeneral-regs-only", "-DEOQ_INTEGER_ONLY"],
  counting: ["-O2", "-DEOQ_COUNT"],
  sanitized: ["-O1", "-g", "-fno-omit-frame-pointer", ...SANITIZER_FLAGS],
};

/** A C file. */
export interface Source {
  /** From the folder that it is compiled in. */
  readonly path: string;
  readonly text: string;
}

/** Those of the folder that are no part of the kernel library, as a transport needs what few machines have. */
export const TRANSPORTS = "mpi/";

/** Where the C sources are in the package, of which {@linkcode TRANSPORTS} has its own. */
async function sourcePaths(): Promise<string[]> {
  return (await packageFiles(KERNELS)).filter((path) => /\.(c|h|inc)$/.test(path));
}

async function readAll(paths: readonly string[]): Promise<Source[]> {
  return await Promise.all(
    paths.map(async (path) => ({ path: path.slice(KERNELS.length), text: await packageText(path) })),
  );
}

/** All C sources. */
export async function readSources(): Promise<Source[]> {
  return await readAll(await sourcePaths());
}

interface Unit {
  readonly path: string;
  readonly flags: readonly string[];
}

/** The instruction-set path whose kernels are in a source such as `int8/simd.avx2.c`. */
function pathOf(source: string): Path | undefined {
  const name = /\/simd\.(.+)\.c$/.exec(source)?.[1];
  return name === undefined ? undefined : PATHS[name];
}

/** What is compiled for a processor, the sources of instruction sets first: they take the longest. */
function units(sources: readonly string[], variant: BuildVariant, arch: string): Unit[] {
  const integerOnly = variant === "integer-only";
  const simd = !integerOnly && variant !== "counting";
  const flags = [...COMMON_FLAGS, ...VARIANT_FLAGS[variant], ...simd ? ["-DEOQ_WITH_SIMD"] : []];
  const first: Unit[] = [], others: Unit[] = [];
  for (const path of sources.map((source) => source.slice(KERNELS.length)).filter((each) => each.endsWith(".c"))) {
    const isa = pathOf(path);
    if (isa !== undefined && !(simd && isa.arch === arch)) continue;
    if (integerOnly && path.startsWith("fp32/")) continue;
    if (isa === undefined) others.push({ path, flags });
    else first.push({ path, flags: [...flags, ...isa.flags] });
  }
  return [...first, ...others];
}

/** Writes sources below a folder, where the compiler finds them wherever the package lies. */
export async function writeSources(sources: readonly Source[], folder: string): Promise<void> {
  for (const { path, text } of sources) {
    const file = `${folder}/${path}`;
    await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(file, text);
  }
}

/** Told how many of the sources are compiled, first that none is. */
export type OnCompiled = (done: number, total: number) => void;

async function compileAll(
  compiler: Compiler,
  sources: readonly string[],
  list: readonly Unit[],
  linkFlags: readonly string[],
  folder: string,
  onCompiled: OnCompiled,
): Promise<void> {
  await writeSources(await readAll(sources), folder);
  const run = (args: readonly string[]) => runCompiler(compiler, args, folder, "the kernels");
  const queue = [...list];
  let done = 0;
  onCompiled(done, list.length);
  const lane = async () => {
    for (let unit = queue.shift(); unit !== undefined; unit = queue.shift()) {
      await run([...unit.flags, "-c", unit.path, "-o", `${unit.path}.o`]);
      onCompiled(++done, list.length);
    }
  };
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, lane));
  await run(["-shared", "-pthread", ...linkFlags, ...list.map(({ path }) => `${path}.o`), "-ldl", "-o", OUTPUT]);
}

async function librarySources(): Promise<string[]> {
  return (await sourcePaths()).filter((path) => !path.startsWith(`${KERNELS}${TRANSPORTS}`));
}

/**
 * Compiles the library of a processor in a folder as {@linkcode buildLibrary}
 * does, without the cache. Its objects stay beside {@linkcode OUTPUT}, each under
 * its source's name with `.o` behind it.
 *
 * @returns the paths of the sources
 * @throws {RunError} when the compiler rejects them.
 */
export async function compileLibrary(compiler: Compiler, arch: string, folder: string): Promise<readonly string[]> {
  const sources = await librarySources(), list = units(sources, "normal", arch);
  await compileAll(compiler, sources, list, [], folder, () => {});
  return list.map(({ path }) => path);
}

/**
 * The kernel library, compiled now if it is not in the cache. `$EOQ_LIB` names
 * a prebuilt one instead, but for another processor: tests have a `$CC` that
 * compiles for it.
 *
 * @param arch the processor, as Deno names it
 * @throws {UserError} when there is no compiler or the cache cannot be written.
 * @throws {RunError} when the compiler rejects the sources.
 */
export async function buildLibrary(
  variant: BuildVariant = "normal",
  onCompiled: OnCompiled = () => {},
  arch: string = Deno.build.arch,
): Promise<BuiltLibrary> {
  const prebuilt = Deno.env.get("EOQ_LIB");
  if (variant === "normal" && arch === Deno.build.arch && prebuilt !== undefined && prebuilt !== "") {
    return { path: prebuilt, compiler: undefined, compiled: false };
  }
  const sources = await librarySources(), list = units(sources, variant, arch);
  return await cachedLibrary(
    "eoq",
    [await packageDigests(sources), list],
    (compiler, folder) =>
      compileAll(compiler, sources, list, variant === "sanitized" ? SANITIZER_FLAGS : [], folder, onCompiled),
  );
}
