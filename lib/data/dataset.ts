/**
 * What a dataset is: images of one byte a channel and one class an image.
 *
 * @module
 */

/** Images with their labels. */
export interface Split {
  /** `count` images, NHWC, one byte a channel. */
  readonly images: Uint8Array<ArrayBuffer>;
  /** `count` classes. */
  readonly labels: Uint8Array<ArrayBuffer>;
  readonly count: number;
}

/** A training and a test split over images of one shape. */
export interface Dataset {
  readonly name: string;
  /** Height, width in pixels and channels of every image. */
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly classes: number;
  readonly train: Split;
  readonly test: Split;
}

/** The first `limit` images of a split, without a copy; all of them when it has fewer or there is no limit. */
export function firstImages(split: Split, limit: number | undefined): Split {
  if (limit === undefined || limit >= split.count) return split;
  const imageBytes = split.images.byteLength / split.count;
  return {
    images: split.images.subarray(0, limit * imageBytes),
    labels: split.labels.subarray(0, limit),
    count: limit,
  };
}
