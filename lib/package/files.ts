/**
 * Files of the package that are no modules: C sources, and what peers run. On
 * disk they are read. From an http address they are imported as text, which
 * takes no permission that the program's own modules do not take, works offline
 * once they are in Deno's cache, and is held against digests.json.
 *
 * @module
 */

import { messageOf, RunError } from "../errors.ts";
import { sha256, sha256Text } from "./sha256.ts";

const ROOT = new URL("../../", import.meta.url);
const ON_DISK = ROOT.protocol === "file:";

/** SHA-256 in hex by path. */
async function publishedDigests(): Promise<Readonly<Record<string, string>>> {
  return (await import("./digests.json", { with: { type: "json" } })).default;
}

async function walk(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    if (isDirectory) paths.push(...await walk(`${folder}${name}/`));
    else paths.push(`${folder}${name}`);
  }
  return paths;
}

/** Paths from the package's root of all files below a folder such as `kernels/`, in order. */
export async function packageFiles(folder: string): Promise<string[]> {
  const paths = ON_DISK
    ? await walk(folder)
    : Object.keys(await publishedDigests()).filter((path) => path.startsWith(folder));
  return paths.sort();
}

/** Text of a file of the package. @throws {RunError} when it cannot be had or is not the one that belongs to this eoq. */
export async function packageText(path: string): Promise<string> {
  if (ON_DISK) return await Deno.readTextFile(new URL(path, ROOT));
  const text = await importText(path);
  if (await sha256Text(text) === (await publishedDigests())[path]) return text;
  throw new RunError(`${ROOT}${path} is not of this version of eoq: load all of it anew, with deno run --reload`);
}

/** Paths of files of the package, each with its SHA-256 in hex. On disk they are read one by one: all at once take 9 MiB. */
export async function packageDigests(paths: readonly string[]): Promise<[path: string, digest: string][]> {
  if (!ON_DISK) return await Promise.all(paths.map(async (path) => [path, await sha256Text(await packageText(path))]));
  const digests: [string, string][] = [];
  for (const path of paths) digests.push([path, (await sha256(Deno.readFileSync(new URL(path, ROOT)))).toHex()]);
  return digests;
}

/** Digest of all that computes: modules and C sources; of a package from an http address of where it is, and of its files. */
export async function packageDigest(): Promise<string> {
  if (!ON_DISK) return await sha256Text(JSON.stringify([ROOT.href, await publishedDigests()]));
  const paths = [...await packageFiles("lib/"), ...await packageFiles("kernels/")];
  return await sha256Text(JSON.stringify(await packageDigests(paths)));
}

async function importText(path: string): Promise<string> {
  try {
    return (await import(`../../${path}`, { with: { type: "text" } })).default;
  } catch (error) {
    throw new RunError(`cannot load ${ROOT}${path}: ${messageOf(error).split("\n")[0]}`);
  }
}
