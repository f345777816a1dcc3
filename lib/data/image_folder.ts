/**
 * A folder of images by class: `train/CLASS/*` and `test/CLASS/*` or
 * `val/CLASS/*`, PNG or JPEG.
 *
 * @module
 */

import { UserError } from "../errors.ts";
import { isThere, readError } from "./files.ts";
import { epochOrder } from "./order.ts";

/** An image file and its class. */
export interface LabelledFile {
  readonly path: string;
  readonly label: number;
  /**
   * Bytes, milliseconds of the last change of content and of anything else, and the number on the disk: with the
   * path they tell whether a file is still the same, where archives gave all files one time and one was moved, too.
   */
  readonly size: number;
  readonly changed: readonly (number | null)[];
}

/** The files of a folder. */
export interface ImageFolder {
  /** Names of the classes; a label is a place in this list. */
  readonly classes: readonly string[];
  readonly train: readonly LabelledFile[];
  readonly test: readonly LabelledFile[];
  /** What of the folder is not used: how many files of which kinds; undefined where all are. */
  readonly leftOut: string | undefined;
}

/** Labels are int16. */
const MOST_CLASSES = 2 ** 15 - 1;

/** Names of PNG and JPEG files. */
export const IMAGE = /\.(png|jpe|jpe?g|jfif)$/i;

/** What is in a folder. */
export interface Entry {
  readonly name: string;
  readonly path: string;
  /** A link is what it leads to, and `other` where that is neither file nor folder, or not there. */
  readonly kind: "file" | "folder" | "other";
}

/** What `read` gives of a file or folder. @throws {UserError} naming it when it cannot be read. */
function named<T>(path: string, read: (path: string) => T): T {
  try {
    return read(path);
  } catch (error) {
    throw readError(path, error);
  }
}

/** Where a link leads to; undefined where nowhere, which is an error only of what is named as an image. */
function followed(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable || IMAGE.test(path)) throw readError(path, error);
  }
}

/** What is in a folder, but for hidden files, in the order of the names' UTF-16 codes, which no locale changes. */
export function entriesOf(folder: string): Entry[] {
  const all = named(folder, () => Array.from(Deno.readDirSync(folder)));
  return all.filter(({ name }) => !name.startsWith(".")).map((entry): Entry => {
    const path = `${folder}/${entry.name}`;
    const { isFile = false, isDirectory = false } = entry.isSymlink ? followed(path) ?? {} : entry;
    return { name: entry.name, path, kind: isFile ? "file" : isDirectory ? "folder" : "other" };
  }).sort((a, b) => a.name < b.name ? -1 : 1);
}

/** Counts what is left out, by kind. */
class LeftOut {
  readonly #counts = new Map<string, number>();

  add(kind: string, count = 1): void {
    if (count > 0) this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + count);
  }

  /** A file that is no image where it lies. */
  addFile({ name, kind }: Entry): void {
    const extension = /[^.](\.[^.]+)$/.exec(name)?.[1];
    this.add(kind === "other" ? "link or device" : extension ?? "without an extension");
  }

  text(): string | undefined {
    const counts = [...this.#counts].sort(([, a], [, b]) => b - a);
    const total = counts.reduce((sum, [, count]) => sum + count, 0);
    if (total === 0) return undefined;
    return `${total} ${total === 1 ? "file is" : "files are"} not used: ` +
      counts.map(([kind, count]) => `${count} ${kind}`).join(", ");
  }
}

/** Images in a folder and the folders below it that are no links, which could lead in a circle. */
function imagesBelow(folder: string): number {
  return named(folder, () => Array.from(Deno.readDirSync(folder))).reduce((sum, { name, isDirectory }) => {
    if (name.startsWith(".")) return sum;
    return sum + (isDirectory ? imagesBelow(`${folder}/${name}`) : Number(IMAGE.test(name)));
  }, 0);
}

/** Names of the classes of a split. */
function classesIn(folder: string, leftOut: LeftOut): string[] {
  const entries = entriesOf(folder);
  leftOut.add(
    "outside class folders",
    entries.filter(({ kind, name }) => kind === "file" && IMAGE.test(name)).length,
  );
  return entries.filter(({ kind }) => kind === "folder").map(({ name }) => name);
}

function filesOf(folder: string, label: number, leftOut: LeftOut): LabelledFile[] {
  const entries = entriesOf(folder);
  for (const entry of entries) {
    if (entry.kind === "folder") leftOut.add("in folders below a class", imagesBelow(entry.path));
    else if (entry.kind === "other" || !IMAGE.test(entry.name)) leftOut.addFile(entry);
  }
  const images = entries.filter(({ kind, name }) => kind === "file" && IMAGE.test(name));
  return images.map(({ path }) => {
    const { size, mtime, ctime, ino } = named(path, Deno.statSync);
    return { path, label, size, changed: [mtime?.getTime() ?? null, ctime?.getTime() ?? null, ino] };
  });
}

/** The images of a folder of class folders. */
export interface ClassFolders {
  /** Class by class, each in the order of its names. */
  readonly files: readonly { readonly path: string; readonly className: string }[];
  /** What of the folder is not used; undefined where all is. */
  readonly leftOut: string | undefined;
}

/** Lists the images in `CLASS/*` of a folder. @throws {UserError} naming the folder that cannot be read. */
export function listClassFolders(folder: string): ClassFolders {
  const leftOut = new LeftOut();
  const files = classesIn(folder, leftOut).flatMap((className) =>
    filesOf(`${folder}/${className}`, 0, leftOut).map(({ path }) => ({ path, className }))
  );
  return { files, leftOut: leftOut.text() };
}

/** Mixes classes in an order that the number of files alone decides: the first images are a fair sample of all. */
function mixed(files: readonly LabelledFile[]): LabelledFile[] {
  return Array.from(epochOrder(files.length, 0, 0), (i) => files[i]!);
}

async function testFolder(folder: string): Promise<string> {
  for (const name of ["test", "val"]) if (await isThere(`${folder}/${name}`)) return `${folder}/${name}`;
  throw new UserError(`${folder}: has neither test/CLASS nor val/CLASS folders`);
}

/**
 * Lists the images of a folder, and counts what it does not use.
 *
 * @throws {UserError} naming the folder that is missing, empty or of no known class.
 */
export async function listImageFolder(folder: string): Promise<ImageFolder> {
  const trainFolder = `${folder}/train`;
  if (!await isThere(trainFolder)) throw new UserError(`${folder}: has no train/CLASS folders`);
  const leftOut = new LeftOut();
  const classes = classesIn(trainFolder, leftOut);
  if (classes.length < 2 || classes.length > MOST_CLASSES) {
    throw new UserError(`${trainFolder}: has ${classes.length} class folders, not 2 to ${MOST_CLASSES}`);
  }
  const train = classes.map((name, label) => filesOf(`${trainFolder}/${name}`, label, leftOut));
  const empty = train.findIndex((files) => files.length === 0);
  if (empty >= 0) throw new UserError(`${trainFolder}/${classes[empty]}: has no PNG or JPEG files`);

  const labels = new Map(classes.map((name, label) => [name, label]));
  const testRoot = await testFolder(folder);
  const test = classesIn(testRoot, leftOut).flatMap((name) => {
    const label = labels.get(name);
    if (label === undefined) throw new UserError(`${testRoot}/${name}: no class of ${trainFolder} has this name`);
    return filesOf(`${testRoot}/${name}`, label, leftOut);
  });
  if (test.length === 0) throw new UserError(`${testRoot}: has no PNG or JPEG files in class folders`);
  for (const { path, name, kind } of entriesOf(folder)) {
    if (kind === "folder" && path !== trainFolder && path !== testRoot) {
      leftOut.add(`in ${name}`, imagesBelow(path));
    }
  }
  return { classes, train: mixed(train.flat()), test: mixed(test), leftOut: leftOut.text() };
}
