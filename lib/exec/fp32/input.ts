/**
 * What a batch brings in, on its way to the network.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Batch } from "../network.ts";
import { HeadActivations } from "./head.ts";
import type { Memory, Purpose } from "./memory.ts";

/** Pixels and head activations of a batch, as bytes and as numbers. */
export class Input {
  readonly head: HeadActivations;
  readonly pixels: Tensor;
  readonly #images: Tensor;
  readonly #memory: Memory;
  readonly #imageSize: number;

  constructor(memory: Memory, purpose: Purpose, plan: Plan, batch: number) {
    this.#memory = memory;
    this.#imageSize = plan.height * plan.width * plan.channels;
    this.#images = memory.tensor(purpose, batch * this.#imageSize, "uint8");
    this.pixels = memory.tensor(purpose, batch * this.#imageSize);
    this.head = new HeadActivations(memory, purpose, plan, batch);
  }

  /**
   * Copies a batch in. @throws {RangeError} naming what is too small or too large.
   */
  load({ images, labels, count }: Batch, largest: number): void {
    if (!Number.isInteger(count) || count < 1 || count > largest) {
      throw new RangeError(`batch: ${count} images are not in 1..${largest}`);
    }
    const elements = count * this.#imageSize;
    if (images.length < elements) throw new RangeError(`images: ${images.length} bytes, ${elements} are needed`);
    if (labels.length < count) throw new RangeError(`labels: ${labels.length} bytes, ${count} are needed`);
    this.#images.write(new Uint8Array(images.subarray(0, elements)));
    this.head.labels.write(new Uint8Array(labels.subarray(0, count)));
    const { library } = this.#memory;
    library.check(library.symbols.eoq_fp32_from_uint8(this.#images.handle, this.pixels.handle, elements));
  }
}
