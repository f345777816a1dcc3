/**
 * What images a checkpoint's network takes.
 *
 * @module
 */

import type { DatasetName } from "../data/datasets.ts";
import type { InputShape } from "../plan/builder.ts";
import type { ImageShape } from "../plan/plan.ts";
import type { Checkpoint } from "../train/checkpoint.ts";

const DIGITS: ImageShape = { height: 28, width: 28, channels: 1 };
const TINY: ImageShape = { height: 32, width: 32, channels: 3 };

/** The published shapes; of a folder's images the run knows the size. */
const SHAPES: Readonly<Record<DatasetName, (imageSize: number) => ImageShape>> = {
  "mnist": () => DIGITS,
  "fashion-mnist": () => DIGITS,
  "cifar10": () => TINY,
  "cifar100": () => TINY,
  "folder": (size) => ({ height: size, width: size, channels: 3 }),
};

/** The shape of the images and the classes of a checkpoint's network. */
export function inputShapeOf({ config, entries }: Checkpoint): InputShape {
  const classifier = entries.find(({ name }) => name === "classifier.weights");
  return { ...SHAPES[config.dataset](config.imageSize ?? 0), classes: classifier?.shape[0] ?? 0 };
}
