/**
 * What a dataset is: images of one byte a channel and one class an image.
 *
 * @module
 */

import type { ImageShape } from "../plan/plan.ts";

/** Images of one shape with their labels. */
export interface Split {
  /** Shape of every image. */
  readonly shape: ImageShape;
  /** Images. */
  readonly count: number;
  /** `count` classes. */
  readonly labels: Int16Array<ArrayBuffer>;
  /** The pixels of an image, NHWC, one byte a channel; valid until the next call. */
  readonly image: (index: number) => Uint8Array<ArrayBuffer>;
}

/** A training and a test split over images of one shape. */
export interface Dataset extends ImageShape {
  /** Name of the dataset. */
  readonly name: string;
  /** Classes to tell apart. */
  readonly classes: number;
  /** Their names, in the order of the labels; absent where labels alone are published. */
  readonly classNames?: readonly string[];
  /** The images to train on. */
  readonly train: Split;
  /** The images to test on. */
  readonly test: Split;
  /** Lets go of the files that images are read from; absent where all images are in memory. */
  readonly close?: () => void;
}

/** Bytes of an image. */
export function imageBytes({ height, width, channels }: ImageShape): number {
  return height * width * channels;
}

/** A split whose images lie next to each other in memory, in the order of the labels. */
export function splitInMemory(
  shape: ImageShape,
  images: Uint8Array<ArrayBuffer>,
  labels: Int16Array<ArrayBuffer>,
): Split {
  const bytes = imageBytes(shape);
  const image = (index: number) => images.subarray(index * bytes, (index + 1) * bytes);
  return { shape, count: labels.length, labels, image };
}

/** The last `count` images of a split, of which there are as many at least, without a copy. */
export function lastImages(split: Split, count: number): Split {
  const first = split.count - count;
  return { ...split, count, labels: split.labels.subarray(first), image: (index) => split.image(first + index) };
}

/** The first `limit` images of a split, without a copy; all of them when it has fewer or there is no limit. */
export function firstImages(split: Split, limit: number | undefined): Split {
  if (limit === undefined || limit >= split.count) return split;
  return { ...split, count: limit, labels: split.labels.subarray(0, limit) };
}
