/**
 * Gathers chosen images, varied and mixed or not, into one reused buffer.
 *
 * @module
 */

import { copyVaried, drawVariation, type EpochAugmentation } from "./augment.ts";
import { imageBytes, type Split } from "./dataset.ts";
import { drawShare, mixReversed, mixWith } from "./mixup.ts";

/** Which images of a batch are wanted: a process that trains beside others takes a part of each. */
export interface BatchPart {
  /** Place of the first one. */
  readonly first: number;
  /** How many; where it is 0 one is gathered all the same. */
  readonly images: number;
}

/** Images and labels that lie next to each other: what a step of a network takes. */
export interface GatheredBatch {
  /** NHWC bytes. */
  readonly images: Uint8Array<ArrayBuffer>;
  readonly labels: Int16Array<ArrayBuffer>;
  readonly count: number;
  /** Of images that are mixed: the labels of their partners, and in 1/256 how much of an image is its own. */
  readonly mixup?: { readonly partners: Int16Array<ArrayBuffer>; readonly share: number };
}

/** Reads up to `most` images at a time; each batch overwrites the one before. */
export class BatchReader {
  readonly #split: Split;
  readonly #imageBytes: number;
  readonly #images: Uint8Array<ArrayBuffer>;
  readonly #labels: Int16Array<ArrayBuffer>;
  /** What is mixed into images that are a part of their batch. */
  #partners: Uint8Array<ArrayBuffer> | undefined;

  /** @param most images of a batch, or of the part of it that is wanted */
  constructor(split: Split, most: number) {
    this.#split = split;
    this.#imageBytes = imageBytes(split.shape);
    this.#images = new Uint8Array(most * this.#imageBytes);
    this.#labels = new Int16Array(most);
  }

  /**
   * The images with these indices, in this order, varied as their epoch says or as they are; of a part they are what
   * they would be in the whole batch, of which no others are read than those and what is mixed into them.
   */
  gather(
    indices: Uint32Array,
    varied?: EpochAugmentation,
    { first, images: count }: BatchPart = { first: 0, images: indices.length },
  ): GatheredBatch {
    const { labels } = this.#split, end = first + Math.max(1, count);
    const own = indices.subarray(first, end), images = this.#copy(own, varied, this.#images);
    own.forEach((index, i) => this.#labels[i] = labels[index]!);
    const batch = { images, labels: this.#labels.subarray(0, own.length), count: own.length };
    if (!varied?.augmentation.mixup) return batch;
    const share = drawShare(varied.seed, varied.epoch, indices[0]!);
    const others = indices.subarray(indices.length - end, indices.length - first);
    if (own.length === indices.length) mixReversed(images, this.#imageBytes, share);
    else {
      const into = this.#partners ??= new Uint8Array(this.#images.length);
      mixWith(images, this.#copy(others, varied, into), this.#imageBytes, share);
    }
    return { ...batch, mixup: { partners: Int16Array.from(others, (index) => labels[index]!).reverse(), share } };
  }

  /** Images one behind the other. */
  #copy(
    indices: Uint32Array,
    varied: EpochAugmentation | undefined,
    into: Uint8Array<ArrayBuffer>,
  ): Uint8Array<ArrayBuffer> {
    const { image, shape } = this.#split, bytes = this.#imageBytes;
    indices.forEach((index, i) => {
      const pixels = image(index);
      if (varied === undefined) return into.set(pixels, i * bytes);
      const { augmentation, seed, epoch } = varied;
      copyVaried(pixels, shape, drawVariation(augmentation, seed, epoch, index), augmentation, into, i * bytes);
    });
    return into.subarray(0, indices.length * bytes);
  }
}
