/**
 * What a batch brings in, on its way to the network.
 *
 * @module
 */

import type { Kernels } from "../../native/kernels.ts";
import type { Tensor } from "../../native/tensor.ts";
import type { Plan } from "../../plan/plan.ts";
import { imageBytes } from "../batch.ts";
import type { Batch } from "../network.ts";
import { type InputEncoding, inputOffset } from "../recipe.ts";
import { HeadActivations } from "./head.ts";
import type { Memory, Purpose } from "./memory.ts";

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
    this.#imageSize = imageBytes(plan);
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
