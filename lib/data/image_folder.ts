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
  /** Bytes, and time of the last change in milliseconds: with the path they tell whether a file is still the same. */
  readonly size: number;
  readonly changed: number;
}

/** The files of a folder. */
export interface ImageFolder {
  /** Names of the classes; a label is a place in this list. */
  readonly classes: readonly string[];
  readonly train: readonly LabelledFile[];
  readonly test: readonly LabelledFile[];
}

/** Labels are int16. */
const MOST_CLASSES = 2 ** 15 - 1;

const IMAGE = /\.(png|jpe?g)$/i;

interface Entry extends Deno.FileInfo {
  readonly name: string;
  readonly path: string;
}

/** What `read` gives of a file or folder. @throws {UserError} naming it when it cannot be read. */
function named<T>(path: string, read: (path: string) => T): T {
  try {
    return read(path);
  } catch (error) {
    throw readError(path, error);
  }
}

/** What is in a folder, but for hidden files, in the order of the names' UTF-16 codes, which no locale changes. */
function entriesOf(folder: string): Entry[] {
  const names = named(folder, () => Array.from(Deno.readDirSync(folder), ({ name }) => name));
  return names.filter((name) => !name.startsWith(".")).sort().map((name) => {
    const path = `${folder}/${name}`;
    return { ...named(path, Deno.statSync), name, path };
  });
}

const classesIn = (folder: string) =>
  entriesOf(folder).filter(({ isDirectory }) => isDirectory).map(({ name }) => name);

function filesOf(folder: string, label: number): LabelledFile[] {
  const images = entriesOf(folder).filter(({ isFile, name }) => isFile && IMAGE.test(name));
  return images.map(({ path, size, mtime }) => ({ path, label, size, changed: mtime?.getTime() ?? 0 }));
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
 * Lists the images of a folder. Files of other kinds are left alone.
 *
 * @throws {UserError} naming the folder that is missing, empty or of no known class.
 */
export async function listImageFolder(folder: string): Promise<ImageFolder> {
  const trainFolder = `${folder}/train`;
  if (!await isThere(trainFolder)) throw new UserError(`${folder}: has no train/CLASS folders`);
  const classes = classesIn(trainFolder);
  if (classes.length < 2 || classes.length > MOST_CLASSES) {
    throw new UserError(`${trainFolder}: has ${classes.length} class folders, not 2 to ${MOST_CLASSES}`);
  }
  const train = classes.map((name, label) => filesOf(`${trainFolder}/${name}`, label));
  const empty = train.findIndex((files) => files.length === 0);
  if (empty >= 0) throw new UserError(`${trainFolder}/${classes[empty]}: has no PNG or JPEG files`);

  const labels = new Map(classes.map((name, label) => [name, label]));
  const testRoot = await testFolder(folder);
  const test = classesIn(testRoot).flatMap((name) => {
    const label = labels.get(name);
    if (label === undefined) throw new UserError(`${testRoot}/${name}: no class of ${trainFolder} has this name`);
    return filesOf(`${testRoot}/${name}`, label);
  });
  if (test.length === 0) throw new UserError(`${testRoot}: has no PNG or JPEG files in class folders`);
  return { classes, train: mixed(train.flat()), test: mixed(test) };
}
