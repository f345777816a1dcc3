/**
 * What a checkpoint says of the images that its network takes.
 *
 * @module
 */

import { traitsOf } from "../data/datasets.ts";
import { UserError } from "../errors.ts";
import type { InputShape } from "../plan/builder.ts";
import type { ImageShape } from "../plan/plan.ts";
import type { Checkpoint } from "../train/checkpoint.ts";

/** The images of a network, and the names of their classes. */
export interface ImageFacts {
  readonly shape: InputShape;
  readonly classes: readonly string[];
}

/** The shape that the images of a run had, where its checkpoint is too old to say it. */
function earlierShape({ config: { dataset, imageSize } }: Checkpoint): ImageShape | undefined {
  if (imageSize !== null) return { height: imageSize, width: imageSize, channels: 3 };
  return traitsOf(dataset).shape;
}

/** How many classes the last layer tells apart. */
function classesOf({ entries }: Checkpoint): number | undefined {
  return entries.find(({ name }) => name === "classifier.weights")?.shape[0];
}

/**
 * The images of a checkpoint's network. Classes without names have their numbers.
 *
 * @param path What an error calls the file.
 * @throws {UserError} where the checkpoint does not say it.
 */
export function factsOf(checkpoint: Checkpoint, path: string): ImageFacts {
  const shape = checkpoint.data?.shape ?? earlierShape(checkpoint), count = classesOf(checkpoint);
  if (shape === undefined || count === undefined) throw new UserError(`${path}: does not say what its images are`);
  const { height, width, channels } = shape;
  const named = checkpoint.data?.classes ?? traitsOf(checkpoint.config.dataset).classNames;
  const classes = named?.length === count ? named : Array.from({ length: count }, (_, label) => String(label));
  return { shape: { height, width, channels, classes: count }, classes };
}
