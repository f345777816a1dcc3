/**
 * Gathers chosen images, varied and mixed or not, into one reused buffer.
 *
 * @module
 */

import { copyVaried, drawVariation, type EpochAugmentation } from "./augment.ts";
import { imageBytes, type Split } from "./dataset.ts";
import { drawShare, mixReversed } from "./mixup.ts";

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

/** Reads batches of up to `batch` images; each batch overwrites the one before. */
export class BatchReader {
  readonly #split: Split;
  readonly #imageBytes: number;
  readonly #images: Uint8Array<ArrayBuffer>;
  readonly #labels: Int16Array<ArrayBuffer>;

  constructor(split: Split, batch: number) {
    this.#split = split;
    this.#imageBytes = imageBytes(split.shape);
    this.#images = new Uint8Array(batch * this.#imageBytes);
    this.#labels = new Int16Array(batch);
  }

  /**
   * The images with these indices, in this order, varied as their epoch says or as they are; of a part they are what
   * they would be in the whole batch.
   */
  gather(indices: Uint32Array, varied?: EpochAugmentation, part?: BatchPart): GatheredBatch {
    if (part === undefined) return this.#gather(indices, varied);
    const { first } = part, end = first + Math.max(1, part.images);
    if (!varied?.augmentation.mixup) return this.#gather(indices.subarray(first, end), varied);
    const { images, labels, count, mixup } = this.#gather(indices, varied), bytes = this.#imageBytes;
    return {
      images: images.subarray(first * bytes, end * bytes),
      labels: labels.subarray(first, end),
      count: Math.min(end, count) - first,
      ...mixup && { mixup: { ...mixup, partners: mixup.partners.subarray(first, end) } },
    };
  }

  #gather(indices: Uint32Array, varied?: EpochAugmentation): GatheredBatch {
    const { image, labels } = this.#split;
    const bytes = this.#imageBytes;
    indices.forEach((index, i) => {
      this.#copy(image(index), index, i * bytes, varied);
      this.#labels[i] = labels[index]!;
    });
    const batch = {
      images: this.#images.subarray(0, indices.length * bytes),
      labels: this.#labels.subarray(0, indices.length),
      count: indices.length,
    };
    if (!varied?.augmentation.mixup) return batch;
    const share = drawShare(varied.seed, varied.epoch, indices[0]!);
    mixReversed(batch.images, bytes, share);
    return { ...batch, mixup: { partners: batch.labels.toReversed(), share } };
  }

  #copy(pixels: Uint8Array, index: number, at: number, varied: EpochAugmentation | undefined): void {
    if (varied === undefined) return this.#images.set(pixels, at);
    const { augmentation, seed, epoch } = varied;
    const variation = drawVariation(augmentation, seed, epoch, index);
    copyVaried(pixels, this.#split.shape, variation, augmentation, this.#images, at);
  }
}
