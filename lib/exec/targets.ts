/**
 * The classes that a network's loss compares with, on their way to the kernel.
 *
 * @module
 */

import type { Tensor } from "../native/tensor.ts";
import { type Batch, WHOLE_SHARE } from "./network.ts";

/** The labels of a batch and, where its images are mixed, those of their partners. */
export class Targets {
  readonly #create: () => Tensor;
  readonly #labels: Tensor;
  /** Made for the first mixed batch: others need no memory for it. */
  #partners: Tensor | undefined;
  #mixed = false;
  #share = WHOLE_SHARE;
  #smoothing = 0;

  /** @param create makes an int16 tensor of one element an image; its owner frees it */
  constructor(create: () => Tensor) {
    this.#create = create;
    this.#labels = create();
  }

  /** Copies the classes of `count` images in, from image `first` of the batch on. */
  load(
    { labels, mixup, smoothing = 0 }: Pick<Batch, "labels" | "mixup" | "smoothing">,
    first: number,
    count: number,
  ): void {
    const write = (tensor: Tensor, classes: Int16Array) =>
      tensor.write(classes.subarray(first, first + count) as Int16Array<ArrayBuffer>);
    write(this.#labels, labels);
    this.#mixed = mixup !== undefined;
    this.#share = mixup?.share ?? WHOLE_SHARE;
    this.#smoothing = smoothing;
    if (mixup !== undefined) write(this.#partners ??= this.#create(), mixup.partners);
  }

  /** What the kernels take: handles of the labels and of the partners (0 for none), the share of the labels, the smoothing. */
  get arguments(): readonly [labels: number, partners: number, share: number, smoothing: number] {
    return [this.#labels.handle, this.#mixed ? this.#partners!.handle : 0, this.#share, this.#smoothing];
  }
}
