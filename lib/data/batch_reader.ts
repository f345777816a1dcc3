/**
 * Gathers chosen images into one reused buffer.
 *
 * @module
 */

import type { Split } from "./dataset.ts";

/** Images and labels that lie next to each other: what a step of a network takes. */
export interface GatheredBatch {
  /** NHWC bytes. */
  readonly images: Uint8Array<ArrayBuffer>;
  readonly labels: Uint8Array<ArrayBuffer>;
  readonly count: number;
}

/** Reads batches of up to `batch` images; each batch overwrites the one before. */
export class BatchReader {
  readonly #split: Split;
  readonly #imageBytes: number;
  readonly #images: Uint8Array<ArrayBuffer>;
  readonly #labels: Uint8Array<ArrayBuffer>;

  constructor(split: Split, batch: number) {
    this.#split = split;
    this.#imageBytes = split.images.byteLength / split.count;
    this.#images = new Uint8Array(batch * this.#imageBytes);
    this.#labels = new Uint8Array(batch);
  }

  /** The images with these indices, in this order. */
  gather(indices: Uint32Array): GatheredBatch {
    const { images, labels } = this.#split;
    const bytes = this.#imageBytes;
    indices.forEach((index, i) => {
      this.#images.set(images.subarray(index * bytes, (index + 1) * bytes), i * bytes);
      this.#labels[i] = labels[index]!;
    });
    return {
      images: this.#images.subarray(0, indices.length * bytes),
      labels: this.#labels.subarray(0, indices.length),
      count: indices.length,
    };
  }
}
