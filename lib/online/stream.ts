/**
 * A stream of labelled images: entries in one order, each read when its turn
 * comes. What cannot be learnt from is a value and no error, for whoever reads
 * the stream to stop at or to skip.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Dataset, Split } from "../data/dataset.ts";
import type { Decode } from "../data/decode.ts";
import { listClassFolders } from "../data/image_folder.ts";
import { epochOrder } from "../data/order.ts";
import { UserError } from "../errors.ts";

/** An image as the network takes it. */
export interface LabelledImage {
  /** NHWC bytes, its own. */
  readonly pixels: Uint8Array;
  /** Its class, by the numbers of the network. */
  readonly label: number;
}

/** Why an entry is no image to learn from: it cannot be read, or the network does not know its class. */
export interface Fault {
  readonly kind: "broken" | "unknown";
  /** A line that names the entry. */
  readonly message: string;
}

/** An entry of a stream. */
export interface Entry {
  /** What tells it from other entries. */
  readonly key: string;
  /** Its image, read now. */
  readonly read: () => Promise<LabelledImage | Fault>;
}

/** A stream. */
export interface Stream {
  /** Entries; undefined where nobody knows. */
  readonly count: number | undefined;
  readonly entries: () => AsyncIterable<Entry> | Iterable<Entry>;
}

/** The number that a network has for the name of a class; undefined where it knows none. */
export type ClassFinder = (name: string) => number | undefined;

/** By the names of the classes, in the order of their numbers. */
export function classFinder(names: readonly string[]): ClassFinder {
  const numbers = new Map(names.map((name, i) => [name, i]));
  return (name) => numbers.get(name);
}

/** What a listed stream is made of. */
export interface Listing {
  readonly find: ClassFinder;
  /** Fixes the order; undefined for that of the list. */
  readonly seed: number | undefined;
  /** Names of the classes whose images it has; all where absent. */
  readonly only?: readonly string[] | undefined;
}

const unknown = (what: string, name: string): Fault => ({
  kind: "unknown",
  message: `${what}: the network knows no class ${JSON.stringify(name)}`,
});

/** Reads a file; what is wrong with it is a value. */
async function decoded(decode: Decode, path: string, label: number): Promise<LabelledImage | Fault> {
  try {
    return { pixels: await decode(path), label };
  } catch (error) {
    if (error instanceof UserError) return { kind: "broken", message: error.message };
    throw error;
  }
}

/** A stream of the entries of a list in its order or in that of a seed. */
function listed<T>(all: readonly T[], seed: number | undefined, entryOf: (item: T) => Entry): Stream {
  const order = seed === undefined ? all.keys() : epochOrder(all.length, seed, 0);
  return { count: all.length, entries: () => Iterator.from(order).map((i) => entryOf(all[i]!)) };
}

/**
 * The images of a split.
 *
 * @param named The dataset of the split, for the names of its classes.
 */
export function splitStream(
  split: Split,
  named: Pick<Dataset, "name" | "classNames">,
  { find, seed, only }: Listing,
): Stream {
  const nameOf = (index: number) => named.classNames?.[split.labels[index]!] ?? `${split.labels[index]}`;
  const all = Array.from({ length: split.count }, (_, i) => i).filter((i) => only?.includes(nameOf(i)) ?? true);
  return listed(all, seed, (index) => {
    const name = nameOf(index), label = find(name);
    const read = () =>
      label === undefined ? unknown(`image ${index} of ${named.name}`, name) : {
        pixels: split.image(index).slice(),
        label,
      };
    return { key: `${index}\t${name}`, read: () => Promise.resolve(read()) };
  });
}

/**
 * The PNG and JPEG files in the class folders of a folder.
 *
 * @throws {UserError} naming the folder that cannot be read or has none.
 */
export function folderStream(
  folder: string,
  decode: Decode,
  { find, seed, only, onLeftOut }: Listing & { readonly onLeftOut?: (line: string) => void },
): Stream {
  const { files, leftOut } = listClassFolders(folder);
  if (leftOut !== undefined) onLeftOut?.(`${folder}: ${leftOut}`);
  const all = files.filter(({ className }) => only?.includes(className) ?? true);
  if (all.length === 0) throw new UserError(`${folder}: has no PNG or JPEG files in class folders`);
  return listed(all, seed, ({ path, className }) => {
    const label = find(className);
    return {
      key: `${path.slice(folder.length + 1)}\t${className}`,
      read: async () => label === undefined ? unknown(path, className) : await decoded(decode, path, label),
    };
  });
}

/** The images that lines name, each as `path<TAB>class`. */
export function lineStream(lines: () => AsyncIterable<string>, decode: Decode, find: ClassFinder): Stream {
  async function* entries(): AsyncGenerator<Entry> {
    let number = 0;
    for await (const line of lines()) {
      const where = `line ${++number}`, [path = "", name, ...more] = line.split("\t");
      const label = name === undefined ? undefined : find(name);
      yield {
        key: line,
        read: async () => {
          if (path === "" || name === undefined || more.length > 0) {
            return { kind: "broken", message: `${where}: is not a path, a tab and a class` };
          }
          return label === undefined ? unknown(`${where}: ${path}`, name) : await decoded(decode, path, label);
        },
      };
    }
  }
  return { count: undefined, entries };
}

/** The digest of no entry. */
export const NO_ENTRIES = "0".repeat(64);

/** The digest of entries and one more: that of those before, chained with its key. */
export function chained(digest: string, { key }: Pick<Entry, "key">): string {
  return createHash("sha256").update(digest).update(key).digest("hex");
}
