/**
 * The classes that a network's loss compares with, on their way to the kernel.
 *
 * @module
 */

import type { Tensor } from "../native/tensor.ts";
import type { SlotValues } from "../native/program.ts";
import { Slot } from "../native/words.ts";
import { type Batch, WHOLE_SHARE } from "./network.ts";

const SHARE = new Slot("share"), SMOOTHING = new Slot("smoothing");

/** What a loss is called with beside the logits. */
export interface TargetWords {
  readonly labels: Tensor;
  readonly partners: Tensor | undefined;
  readonly share: Slot;
  readonly smoothing: Slot;
}

function write(tensor: Tensor, classes: Int16Array, first: number, count: number): void {
  tensor.write(classes.subarray(first, first + count) as Int16Array<ArrayBuffer>);
}

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

  /** Where the classes of images that are mixed or not are written. */
  tensors(mixed: boolean): Tensor[] {
    return mixed ? [this.#labels, this.#partners ??= this.#create()] : [this.#labels];
  }

  /** Takes note of how a batch's classes count, see {@linkcode Targets.slots}, and copies none. */
  count({ mixup, smoothing = 0 }: Pick<Batch, "mixup" | "smoothing">): void {
    this.#mixed = mixup !== undefined;
    this.#share = mixup?.share ?? WHOLE_SHARE;
    this.#smoothing = smoothing;
  }

  /** Copies the classes of `count` images in, from image `first` of the batch on. */
  load(
    batch: Pick<Batch, "labels" | "mixup" | "smoothing">,
    first: number,
    count: number,
  ): void {
    const { labels, mixup } = batch;
    write(this.#labels, labels, first, count);
    this.count(batch);
    if (mixup !== undefined) write(this.#partners ??= this.#create(), mixup.partners, first, count);
  }

  /** Whether the images of the batch are mixed: the calls of a step are others then. */
  get mixed(): boolean {
    return this.#mixed;
  }

  /** What the loss of a batch, mixed or not, is called with; share and smoothing are slots. */
  words(mixed: boolean): TargetWords {
    return {
      labels: this.#labels,
      partners: mixed ? this.#partners ??= this.#create() : undefined,
      share: SHARE,
      smoothing: SMOOTHING,
    };
  }

  /** Values of the slots. */
  get slots(): SlotValues {
    return { share: this.#share, smoothing: this.#smoothing };
  }
}
