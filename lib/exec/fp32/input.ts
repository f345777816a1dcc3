/**
 * What a batch brings in, on its way to the network.
 *
 * @module
 */

import type { Kernels } from "../../native/kernels.ts";
import type { Tensor } from "../../native/tensor.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Batch } from "../network.ts";
import { type InputEncoding, inputOffset } from "../recipe.ts";
import { HeadActivations } from "./head.ts";
import type { Memory, Purpose } from "./memory.ts";

/** @throws {RangeError} naming what of the batch is too small or too large. */
export function checkBatch({ images, labels, count, mixup }: Batch, plan: Plan, largest: number): void {
  if (!Number.isInteger(count) || count < 1 || count > largest) {
    throw new RangeError(`batch: ${count} images are not in 1..${largest}`);
  }
  const elements = count * imageSize(plan);
  if (images.length < elements) throw new RangeError(`images: ${images.length} bytes, ${elements} are needed`);
  if (labels.length < count) throw new RangeError(`labels: ${labels.length}, ${count} are needed`);
  if (mixup !== undefined && mixup.partners.length < count) {
    throw new RangeError(`partners: ${mixup.partners.length}, ${count} are needed`);
  }
}

const imageSize = ({ height, width, channels }: Plan) => height * width * channels;

/** Pixels and head activations of a batch, as bytes and as numbers. */
export class Input {
  readonly head: HeadActivations;
  readonly pixels: Tensor;
  readonly #images: Tensor;
  readonly #library: Kernels;
  readonly #imageSize: number;
  readonly #offset: number;

  constructor(memory: Memory, purpose: Purpose, plan: Plan, batch: number, encoding: InputEncoding) {
    this.#offset = inputOffset(encoding);
    this.#library = memory.recorder;
    this.#imageSize = imageSize(plan);
    this.#images = memory.tensor(purpose, batch * this.#imageSize, "uint8");
    this.pixels = memory.flow(batch * this.#imageSize);
    this.head = new HeadActivations(memory, purpose, plan, batch);
  }

  /** Copies `count` images of a checked batch in, from its image `first` on. */
  load(batch: Batch, first: number, count: number): void {
    const elements = count * this.#imageSize, start = first * this.#imageSize;
    this.#images.write(batch.images.subarray(start, start + elements) as Uint8Array<ArrayBuffer>);
    this.head.targets.load(batch, first, count);
  }

  /** Makes numbers of the bytes of n images. */
  forward(n: number): void {
    const words = { images: this.#images, offset: this.#offset, x: this.pixels, count: n * this.#imageSize };
    this.#library.call("fp32_from_uint8", words, { layer: "input", phase: "forward" });
  }
}
