/**
 * What the files of the package import and include.
 *
 * @module
 */

const ROOT = new URL("../../", import.meta.url);

/** Files that each file uses, all by their path from the top. */
export type Uses = ReadonlyMap<string, readonly string[]>;

async function filesBelow(folder: string, pattern: RegExp): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    if (isDirectory) found.push(...await filesBelow(`${folder}${name}/`, pattern));
    else if (pattern.test(name)) found.push(`${folder}${name}`);
  }
  return found.sort();
}

/** Imports of a module, those of types and those at run time among them, without those of packages. */
export function importsOf(path: string, text: string): string[] {
  const statements = /^(?:import|export)\b[^;]*?\bfrom\s*"([^"]+)"|^import\s*"([^"]+)"|\bimport\("([^"]+)"\)/gm;
  return resolved(path, [...text.matchAll(statements)].map((match) => match[1] ?? match[2] ?? match[3]!))
    .filter((to) => to.startsWith("lib/") || !to.includes("/"));
}

/** Includes of a C file, without those of the system. */
export function includesOf(path: string, text: string): string[] {
  return resolved(path, [...text.matchAll(/^#include "([^"]+)"/gm)].map((match) => `./${match[1]}`));
}

/** Paths from the top of what is named relative to a file. */
function resolved(path: string, names: readonly string[]): string[] {
  return names.filter((name) => name.startsWith(".")).map((name) =>
    new URL(name, new URL(path, "file:///")).pathname.slice(1)
  );
}

async function usesOf(
  paths: readonly string[],
  read: (path: string, text: string) => string[],
): Promise<Uses> {
  return new Map(
    await Promise.all(
      paths.map(async (path) => [path, read(path, await Deno.readTextFile(new URL(path, ROOT)))] as const),
    ),
  );
}

/** Imports of all modules. */
export async function moduleUses(): Promise<Uses> {
  return await usesOf(["cli.ts", "mod.ts", ...await filesBelow("lib/", /\.ts$/)], importsOf);
}

/** Includes of all C files. */
export async function kernelUses(): Promise<Uses> {
  return await usesOf(await filesBelow("kernels/", /\.(c|h|inc)$/), includesOf);
}

/** The room of a file: the folder below lib or kernels, or the file itself where it lies at the top. */
export function roomOf(path: string): string {
  const folders = path.split("/").slice(0, -1);
  return folders.length === 0 ? path : folders.slice(0, 2).join("/");
}

/** The first circle that is found, as a way that ends where it begins; undefined where there is none. */
export function circleIn(uses: Uses): string[] | undefined {
  const done = new Set<string>(), way: string[] = [];
  const visit = (node: string): string[] | undefined => {
    if (way.includes(node)) return [...way.slice(way.indexOf(node)), node];
    if (done.has(node)) return undefined;
    way.push(node);
    for (const next of uses.get(node) ?? []) {
      const circle = visit(next);
      if (circle !== undefined) return circle;
    }
    way.pop();
    done.add(node);
    return undefined;
  };
  for (const node of uses.keys()) {
    const circle = visit(node);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

/** Rooms that each room uses. */
export function roomUses(uses: Uses): Uses {
  const rooms = new Map<string, Set<string>>();
  for (const [path, targets] of uses) {
    const from = roomOf(path);
    const own = rooms.get(from) ?? new Set();
    rooms.set(from, own);
    for (const to of targets.map(roomOf)) if (to !== from) own.add(to);
  }
  return new Map([...rooms].map(([room, used]) => [room, [...used].sort()]));
}

/** The longest way down. There must be no circle. */
export function longestWay(uses: Uses): string[] {
  const known = new Map<string, string[]>();
  const from = (node: string): string[] => {
    const found = known.get(node);
    if (found !== undefined) return found;
    const longest = (uses.get(node) ?? []).map(from).reduce((a, b) => b.length > a.length ? b : a, []);
    known.set(node, [node, ...longest]);
    return known.get(node)!;
  };
  return [...uses.keys()].map(from).reduce((a, b) => b.length > a.length ? b : a, []);
}
