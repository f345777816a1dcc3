/**
 * The largest value of each window.
 *
 * @module
 */

import type { ConvShape } from "../../native/conv_shape.ts";
import type { Kernels } from "../../native/kernels.ts";
import type { Tensor } from "../../native/tensor.ts";
import { type MaxPoolPlan, outputSize } from "../../plan/plan.ts";
import type { Gradient, Layer } from "./layer.ts";
import type { Memory, Scratch } from "./memory.ts";

/** A max pool, without parameters. */
export class MaxPool implements Layer {
  readonly output: Tensor;
  readonly parameters = [];
  readonly statistics = [];
  readonly #library: Kernels;
  readonly #layer: string;
  readonly #shape: ConvShape;
  /** Elements of an image's output. */
  readonly #size: number;
  /** Where in its window each output was found. */
  readonly #places: Tensor;

  constructor(memory: Memory, plan: MaxPoolPlan, batch: number) {
    const { height, width } = outputSize(plan);
    const { channels } = plan;
    this.#library = memory.recorder;
    this.#layer = plan.name;
    this.#shape = memory.shape({ ...plan, inputs: channels, outputs: channels });
    this.#size = height * width * channels;
    this.output = memory.flow(batch * this.#size);
    this.#places = memory.flow(batch * this.#size, "uint8");
  }

  forward(x: Tensor, n: number): void {
    this.#forward(x, this.output, this.#places, n);
  }

  infer(x: Tensor, scratch: Scratch, n: number): Tensor {
    const y = scratch.of(this, this.#size);
    this.#forward(x, y, undefined, n);
    return y;
  }

  #forward(x: Tensor, y: Tensor, places: Tensor | undefined, n: number): void {
    const words = { x, y, places, shape: this.#shape, n };
    this.#library.call("fp32_max_pool_forward", words, { layer: this.#layer, phase: "forward" });
  }

  /** Keeps the skip apart: the bias below is not to see it. */
  backward(x: Tensor, { dy, skip }: Gradient, scratch: Scratch, n: number): Gradient {
    const gradient = (dy: Tensor, dx: Tensor) => {
      const words = { dy, places: this.#places, dx, shape: this.#shape, n };
      this.#library.call("fp32_max_pool_backward", words, { layer: this.#layer, phase: "backward" });
      return dx;
    };
    return { dy: gradient(dy, scratch.like(x)), skip: skip && gradient(skip, scratch.like(x, this)) };
  }
}
