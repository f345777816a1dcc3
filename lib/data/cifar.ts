/**
 * CIFAR-10 and CIFAR-100 (A. Krizhevsky, "Learning multiple layers of features
 * from tiny images", 2009) in their binary layout: records of one or two labels
 * and 32x32 pixels, first all red values, then green, then blue.
 *
 * @module
 */

import { UserError } from "../errors.ts";
import { CIFAR100_CLASSES, CIFAR10_CLASSES } from "./class_names.ts";
import { type Dataset, imageBytes, type Split } from "./dataset.ts";
import type { ImageShape } from "../plan/plan.ts";
import { type NamedBytes, readHead, readNamed } from "./files.ts";
import { RecordFile } from "./record_file.ts";

/** Of every image. */
export const CIFAR_SHAPE: ImageShape = { height: 32, width: 32, channels: 3 };
const IMAGE_BYTES = imageBytes(CIFAR_SHAPE);
const PIXELS = CIFAR_SHAPE.height * CIFAR_SHAPE.width;

/** How one of the datasets lays its records out, and in which files. */
export interface CifarLayout {
  readonly name: string;
  readonly classes: number;
  /** Names of the classes, in the order of the labels. */
  readonly classNames: readonly string[];
  /** Bytes before the pixels; the last of them is the label. */
  readonly labelBytes: number;
  readonly train: readonly string[];
  readonly test: readonly string[];
}

/** Ten classes in six files of 10,000 images. */
export const CIFAR10: CifarLayout = {
  name: "cifar10",
  classes: 10,
  classNames: CIFAR10_CLASSES,
  labelBytes: 1,
  train: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`),
  test: ["test_batch.bin"],
};

/** A hundred classes; each record has the label of one of twenty groups before its own. */
export const CIFAR100: CifarLayout = {
  name: "cifar100",
  classes: 100,
  classNames: CIFAR100_CLASSES,
  labelBytes: 2,
  train: ["train.bin"],
  test: ["test.bin"],
};

/** Images that a file of `length` bytes holds. @throws {UserError} naming it when that is none or no whole number. */
function countRecords(name: string, length: number, { labelBytes }: CifarLayout): number {
  const record = labelBytes + IMAGE_BYTES;
  if (length === 0) throw new UserError(`${name}: the file is empty`);
  const rest = length % record;
  if (rest !== 0) {
    throw new UserError(`${name}: truncated or of another format: ${rest} bytes follow the last record of ${record}`);
  }
  return length / record;
}

/** The records of a file, in memory or not. */
interface Records {
  readonly name: string;
  readonly count: number;
  /** Valid until the next call. */
  readonly read: (index: number) => Uint8Array<ArrayBuffer>;
}

function recordsIn({ name, bytes }: NamedBytes, layout: CifarLayout): Records {
  const count = countRecords(name, bytes.length, layout), record = bytes.length / count;
  return { name, count, read: (index) => bytes.subarray(index * record, (index + 1) * record) };
}

/** Of all images in turn. @throws {UserError} naming the file and image of a label that is no class. */
function labelsOf(files: readonly Records[], { labelBytes, classes }: CifarLayout): Int16Array<ArrayBuffer> {
  const labels = new Int16Array(files.reduce((sum, { count }) => sum + count, 0));
  let image = 0;
  for (const { name, count, read } of files) {
    for (let i = 0; i < count; i++) {
      const label = read(i)[labelBytes - 1]!;
      if (label >= classes) {
        throw new UserError(`${name}: label ${label} of image ${i} is outside the ${classes} classes`);
      }
      labels[image++] = label;
    }
  }
  return labels;
}

/** Red, green and blue planes as pixels of three bytes. */
function interleave(planes: Uint8Array, pixels: Uint8Array): void {
  for (let i = 0; i < PIXELS; i++) {
    pixels[3 * i] = planes[i]!;
    pixels[3 * i + 1] = planes[PIXELS + i]!;
    pixels[3 * i + 2] = planes[2 * PIXELS + i]!;
  }
}

/** Images of records in turn, of which `pixelsOf` makes the pixels. */
function splitOf(
  files: readonly Records[],
  labels: Int16Array<ArrayBuffer>,
  pixelsOf: (record: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>,
): Split {
  const image = (index: number) => {
    let file = 0;
    for (; index >= files[file]!.count; file++) index -= files[file]!.count;
    return pixelsOf(files[file]!.read(index));
  };
  return { shape: CIFAR_SHAPE, count: labels.length, labels, image };
}

/**
 * Parses files of records into one split, whose images stay where they are: their bytes are changed.
 *
 * @throws {UserError} naming the file and its defect.
 */
export function parseCifarSplit(files: readonly NamedBytes[], layout: CifarLayout): Split {
  const parsed = files.map((file) => recordsIn(file, layout)), labels = labelsOf(parsed, layout);
  const planes = new Uint8Array(IMAGE_BYTES), { labelBytes } = layout;
  for (const { count, read } of parsed) {
    for (let i = 0; i < count; i++) {
      const pixels = read(i).subarray(labelBytes);
      planes.set(pixels);
      interleave(planes, pixels);
    }
  }
  return splitOf(parsed, labels, (record) => record.subarray(labelBytes));
}

/** The same, with images that are read when they are asked for, as long as their `files` are open. */
async function openCifarSplit(paths: readonly string[], layout: CifarLayout, files: DisposableStack): Promise<Split> {
  const opened: Records[] = [];
  for (const path of paths) {
    const { name, length } = await readHead(path, 0), count = countRecords(name, length, layout);
    const file = files.use(new RecordFile(path, length / count));
    opened.push({ name, count, read: (index) => file.read(index) });
  }
  const pixels = new Uint8Array(IMAGE_BYTES);
  return splitOf(opened, labelsOf(opened, layout), (record) => {
    interleave(record.subarray(layout.labelBytes), pixels);
    return pixels;
  });
}

/**
 * Loads a dataset of this layout.
 *
 * @param folder Folder of the files.
 * @param files Where it is there, images stay in files that are not gzipped, and it closes those.
 * @throws {UserError} naming the file that is missing or at fault.
 */
export async function loadCifar(layout: CifarLayout, folder: string, files?: DisposableStack): Promise<Dataset> {
  const load = async (names: readonly string[]) => {
    const paths = names.map((name) => `${folder}/${name}`);
    if (files !== undefined) return await openCifarSplit(paths, layout, files);
    return parseCifarSplit(await Promise.all(paths.map(readNamed)), layout);
  };
  const train = await load(layout.train);
  const test = await load(layout.test);
  const { name, classes, classNames } = layout;
  return { name, ...CIFAR_SHAPE, classes, classNames, train, test };
}
