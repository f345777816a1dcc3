/**
 * CIFAR-10 and CIFAR-100 (A. Krizhevsky, "Learning multiple layers of features
 * from tiny images", 2009) in their binary layout: records of one or two labels
 * and 32x32 pixels, first all red values, then green, then blue.
 *
 * @module
 */

import { UserError } from "../errors.ts";
import { CIFAR100_CLASSES, CIFAR10_CLASSES } from "./class_names.ts";
import { type Dataset, imageBytes, type Split, splitInMemory } from "./dataset.ts";
import type { ImageShape } from "../plan/plan.ts";
import { type NamedBytes, readNamed } from "./files.ts";

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

/** Images that a file holds. @throws {UserError} naming the file when that is none or no whole number. */
function countRecords({ name, bytes }: NamedBytes, { labelBytes }: CifarLayout): number {
  const record = labelBytes + IMAGE_BYTES;
  if (bytes.byteLength === 0) throw new UserError(`${name}: the file is empty`);
  const rest = bytes.byteLength % record;
  if (rest !== 0) {
    throw new UserError(`${name}: truncated or of another format: ${rest} bytes follow the last record of ${record}`);
  }
  return bytes.byteLength / record;
}

/** Red, green and blue planes as pixels of three bytes. */
function interleave(planes: Uint8Array, pixels: Uint8Array): void {
  for (let i = 0; i < PIXELS; i++) {
    pixels[3 * i] = planes[i]!;
    pixels[3 * i + 1] = planes[PIXELS + i]!;
    pixels[3 * i + 2] = planes[2 * PIXELS + i]!;
  }
}

/**
 * Parses files of records into one split.
 *
 * @throws {UserError} naming the file and its defect.
 */
export function parseCifarSplit(files: readonly NamedBytes[], layout: CifarLayout): Split {
  const counts = files.map((file) => countRecords(file, layout));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const images = new Uint8Array(total * IMAGE_BYTES), labels = new Int16Array(total);
  let image = 0;
  files.forEach(({ name, bytes }, f) => {
    for (let i = 0, at = 0; i < counts[f]!; i++, image++) {
      at += layout.labelBytes;
      const label = bytes[at - 1]!;
      if (label >= layout.classes) {
        throw new UserError(`${name}: label ${label} of image ${i} is outside the ${layout.classes} classes`);
      }
      labels[image] = label;
      interleave(bytes.subarray(at, at += IMAGE_BYTES), images.subarray(image * IMAGE_BYTES));
    }
  });
  return splitInMemory(CIFAR_SHAPE, images, labels);
}

/**
 * Loads a dataset of this layout.
 *
 * @param folder Folder of the files.
 * @throws {UserError} naming the file that is missing or at fault.
 */
export async function loadCifar(layout: CifarLayout, folder: string): Promise<Dataset> {
  const load = async (files: readonly string[]) =>
    parseCifarSplit(await Promise.all(files.map((file) => readNamed(`${folder}/${file}`))), layout);
  const train = await load(layout.train);
  const test = await load(layout.test);
  const { name, classes, classNames } = layout;
  return { name, ...CIFAR_SHAPE, classes, classNames, train, test };
}
