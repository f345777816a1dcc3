/**
 * Compiles the kernels with the system's C compiler, once: the library lies in
 * a cache folder under a name that hashes sources, flags and compiler, so a
 * change of any of them makes a new one and nothing stale is ever loaded.
 *
 * @module
 */

import { messageOf, RunError, UserError } from "../errors.ts";
import { cacheFolder } from "../package/user_folders.ts";
import { packageFiles, packageText } from "../package/files.ts";
import { sha256Text } from "../package/sha256.ts";
import { type Path, PATHS } from "./paths.ts";

/** A C compiler that answered. */
export interface Compiler {
  /** What runs it. */
  readonly command: string;
  /** First line of its `--version`. */
  readonly version: string;
}

/** A compiled kernel library. */
export interface BuiltLibrary {
  /** Where the file is. */
  readonly path: string;
  /** What compiled it; `undefined` for a prebuilt one. */
  readonly compiler: Compiler | undefined;
  /** Whether this call compiled it. */
  readonly compiled: boolean;
}

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

/** Finds the compiler: `$CC`, else `cc`, `gcc` or `clang`. */
export async function findCompiler(): Promise<Compiler | undefined> {
  const named = Deno.env.get("CC");
  for (const command of named ? [named] : ["cc", "gcc", "clang"]) {
    try {
      const { success, stdout } = await new Deno.Command(command, { args: ["--version"], stderr: "null" }).output();
      if (success) return { command, version: new TextDecoder().decode(stdout).split("\n")[0] ?? "" };
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

/** A C file. */
export interface Source {
  /** From the folder that it is compiled in. */
  readonly path: string;
  readonly text: string;
}

async function readSources(): Promise<Source[]> {
  const paths = (await packageFiles(KERNELS)).filter((path) => /\.(c|h|inc)$/.test(path));
  return await Promise.all(
    paths.map(async (path) => ({ path: path.slice(KERNELS.length), text: await packageText(path) })),
  );
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
function units(sources: readonly Source[], variant: BuildVariant, arch: string): Unit[] {
  const integerOnly = variant === "integer-only";
  const simd = !integerOnly && variant !== "counting";
  const flags = [...COMMON_FLAGS, ...VARIANT_FLAGS[variant], ...simd ? ["-DEOQ_WITH_SIMD"] : []];
  const first: Unit[] = [], others: Unit[] = [];
  for (const { path } of sources.filter((source) => source.path.endsWith(".c"))) {
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

/** Runs a compiler in a folder. @throws {RunError} with its first error when it fails. */
export async function runCompiler(
  compiler: Compiler,
  args: readonly string[],
  cwd: string,
  what: string,
): Promise<void> {
  const { success, stderr } = await new Deno.Command(compiler.command, {
    args: [...args],
    cwd,
    // What the callers look for in a complaint is its English.
    env: { LC_ALL: "C" },
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) {
    const text = new TextDecoder().decode(stderr);
    const line = text.split("\n").find((each) => /error|cannot find/.test(each)) ?? text.split("\n")[0] ?? "";
    throw new RunError(`${compiler.command} failed on ${what}: ${line.trim()}`);
  }
}

async function compile(
  compiler: Compiler,
  sources: readonly Source[],
  list: readonly Unit[],
  linkFlags: readonly string[],
  folder: string,
): Promise<void> {
  await writeSources(sources, folder);
  const run = (args: readonly string[]) => runCompiler(compiler, args, folder, "the kernels");
  const queue = [...list];
  const lane = async () => {
    for (let unit = queue.shift(); unit !== undefined; unit = queue.shift()) {
      await run([...unit.flags, "-c", unit.path, "-o", `${unit.path}.o`]);
    }
  };
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, lane));
  await run(["-shared", "-pthread", ...linkFlags, ...list.map(({ path }) => `${path}.o`), "-o", OUTPUT]);
}

/** The compiler that must be there. @throws {UserError} that says how to install one. */
async function requireCompiler(): Promise<Compiler> {
  const compiler = await findCompiler();
  if (compiler !== undefined) return compiler;
  throw new UserError(
    "no C compiler found (tried $CC, cc, gcc, clang): install one, on Debian or Ubuntu with: apt-get install gcc libc6-dev",
  );
}

/** What a compiled library is called until it has its place in the cache. */
export const OUTPUT = "library";

/** Compiles {@linkcode OUTPUT} in a folder, which takes whatever comes before it. */
type Produce = (compiler: Compiler, folder: string) => Promise<void>;

/**
 * A shared library of the cache, produced now if it is not there.
 *
 * @param ingredients whatever decides the result, beside the compiler and the machine
 * @throws {UserError} when there is no compiler or the cache cannot be written.
 * @throws {RunError} when the compiler rejects the sources.
 */
export async function cachedLibrary(name: string, ingredients: unknown, produce: Produce): Promise<BuiltLibrary> {
  const compiler = await requireCompiler();
  const key = await sha256Text(JSON.stringify([compiler, Deno.build.arch, Deno.build.os, ingredients]));
  const folder = cacheFolder();
  const path = `${folder}/${name}-${key.slice(0, 16)}.${Deno.build.os === "darwin" ? "dylib" : "so"}`;
  if (await Deno.stat(path).then((stat) => stat.isFile, () => false)) return { path, compiler, compiled: false };
  let work: string | undefined;
  try {
    await Deno.mkdir(folder, { recursive: true });
    work = await Deno.makeTempDir({ dir: folder, prefix: "build-" });
    await produce(compiler, work);
    await Deno.rename(`${work}/${OUTPUT}`, path);
  } catch (error) {
    if (error instanceof RunError || error instanceof Deno.errors.NotCapable) throw error;
    throw new UserError(`cannot write the cache folder ${folder}: ${messageOf(error)} (set EOQ_CACHE to another)`);
  } finally {
    if (work !== undefined) await Deno.remove(work, { recursive: true });
  }
  return { path, compiler, compiled: true };
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
  arch: string = Deno.build.arch,
): Promise<BuiltLibrary> {
  const prebuilt = Deno.env.get("EOQ_LIB");
  if (variant === "normal" && arch === Deno.build.arch && prebuilt !== undefined && prebuilt !== "") {
    return { path: prebuilt, compiler: undefined, compiled: false };
  }
  const sources = await readSources();
  const list = units(sources, variant, arch);
  return await cachedLibrary(
    "eoq",
    [sources, list],
    (compiler, folder) => compile(compiler, sources, list, variant === "sanitized" ? SANITIZER_FLAGS : [], folder),
  );
}
