/**
 * The cache of compiled libraries. A file's name has the key of what it was made
 * of and the digest of what is in it: what a crash, a full disk or an interrupted
 * copy left is never loaded, but compiled again.
 *
 * @module
 */

import { messageOf, RunError, UserError } from "../errors.ts";
import { moveToPlace } from "../package/atomic_files.ts";
import { sha256, sha256Text } from "../package/sha256.ts";
import { cacheFolder } from "../package/user_folders.ts";
import { type Compiler, requireCompiler } from "./compiler.ts";

/** A compiled kernel library. */
export interface BuiltLibrary {
  /** Where the file is. */
  readonly path: string;
  /** What compiled it; `undefined` for a prebuilt one. */
  readonly compiler: Compiler | undefined;
  /** Whether this call compiled it. */
  readonly compiled: boolean;
}

/** What a compiled library is called until it has its place in the cache. */
export const OUTPUT = "library";

/** Compiles {@linkcode OUTPUT} in a folder, which takes whatever comes before it. */
type Produce = (compiler: Compiler, folder: string) => Promise<void>;

const EXTENSION = Deno.build.os === "darwin" ? "dylib" : "so";

/** What the name of a folder in which something is compiled begins with, and the age in milliseconds of one forgotten. */
const WORK = "build-", FORGOTTEN = 24 * 3600 * 1000;

/** Hex digits of the key and of the digest in a name. */
const DIGITS = 16;

/** Bytes of a library that are read at a time. */
const BLOCK = 1 << 16;

/** The digest of the digests of a file's blocks: a library of megabytes would stay in memory until it is collected. */
async function digestOf(path: string): Promise<string> {
  using file = await Deno.open(path);
  const block = new Uint8Array(BLOCK), digests: number[] = [];
  for (let read = block.length; read === block.length;) {
    read = 0;
    for (let more; read < block.length && (more = file.readSync(block.subarray(read))) !== null;) read += more;
    digests.push(...await sha256(block.subarray(0, read)));
  }
  return (await sha256(Uint8Array.from(digests))).toHex().slice(0, DIGITS);
}

/** The library with a key; what has its key and is not whole is removed. Undefined where there is none. */
async function findWhole(folder: string, stem: string): Promise<string | undefined> {
  let found: string | undefined;
  try {
    for await (const { name } of Deno.readDir(folder)) {
      if (!name.startsWith(`${stem}-`)) continue;
      const path = `${folder}/${name}`;
      if (name === `${stem}-${await digestOf(path)}.${EXTENSION}`) found = path;
      // In a folder that cannot be written it stays, and is passed over again.
      else await Deno.remove(path).catch(() => {});
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    // No folder, or one that cannot be read: there is nothing in it.
  }
  return found;
}

/** Removes the folders of compilations that were killed. */
async function removeForgotten(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.startsWith(WORK)) continue;
    const path = `${folder}/${name}`;
    const { mtime } = await Deno.stat(path).catch(() => ({ mtime: null }));
    const isOld = mtime !== null && Date.now() - mtime.getTime() > FORGOTTEN;
    // Another process may be at the same.
    if (isOld) await Deno.remove(path, { recursive: true }).catch(() => {});
  }
}

/**
 * Keeps other processes that ask for the same from producing it, too: they wait,
 * and then find it.
 */
async function lock(path: string): Promise<Disposable> {
  const file = await Deno.open(path, { write: true, create: true });
  await file.lock(true);
  const unlock = () => {
    try {
      Deno.removeSync(path);
    } catch {
      // Whoever had it before has removed it.
    }
    file.close();
  };
  return { [Symbol.dispose]: unlock };
}

/**
 * A shared library of the cache, produced now if it is not there whole.
 *
 * @param ingredients whatever decides the result, beside the compiler and the machine
 * @param find gives the compiler
 * @throws {UserError} when there is no compiler or the cache cannot be written.
 * @throws {RunError} when the compiler rejects the sources.
 */
export async function cachedLibrary(
  name: string,
  ingredients: unknown,
  produce: Produce,
  find: () => Promise<Compiler> = requireCompiler,
): Promise<BuiltLibrary> {
  const compiler = await find();
  const key = await sha256Text(JSON.stringify([compiler, Deno.build.arch, Deno.build.os, ingredients]));
  const folder = cacheFolder(), stem = `${name}-${key.slice(0, DIGITS)}`;
  const found = await findWhole(folder, stem);
  if (found !== undefined) return { path: found, compiler, compiled: false };
  let work: string | undefined;
  try {
    await Deno.mkdir(folder, { recursive: true });
    using _ = await lock(`${folder}/${stem}.lock`);
    const meanwhile = await findWhole(folder, stem);
    if (meanwhile !== undefined) return { path: meanwhile, compiler, compiled: false };
    await removeForgotten(folder);
    work = await Deno.makeTempDir({ dir: folder, prefix: WORK });
    await produce(compiler, work);
    const path = `${folder}/${stem}-${await digestOf(`${work}/${OUTPUT}`)}.${EXTENSION}`;
    await moveToPlace(`${work}/${OUTPUT}`, path);
    return { path, compiler, compiled: true };
  } catch (error) {
    if (error instanceof RunError || error instanceof Deno.errors.NotCapable) throw error;
    throw new UserError(`cannot write the cache folder ${folder}: ${messageOf(error)} (set EOQ_CACHE to another)`);
  } finally {
    if (work !== undefined) await Deno.remove(work, { recursive: true });
  }
}
