/**
 * The largest value of each window.
 *
 * @module
 */

import type { ConvShape } from "../../native/conv_shape.ts";
import type { Kernels } from "../../native/kernels.ts";
import type { Tensor } from "../../native/tensor.ts";
import { type MaxPoolPlan, outputSize } from "../../plan/plan.ts";
import type { Buffers } from "./buffers.ts";
import type { Layer } from "./layer.ts";
import type { Memory } from "./memory.ts";

/** A max pool, without parameters. */
export class MaxPool implements Layer {
  readonly output: Tensor;
  readonly parameters = [];
  readonly statistics = [];
  readonly #library: Kernels;
  readonly #layer: string;
  readonly #shape: ConvShape;
  /** Where in its window each output was found. */
  readonly #places: Tensor;

  constructor(memory: Memory, plan: MaxPoolPlan, batch: number) {
    const { height, width } = outputSize(plan);
    const { channels } = plan;
    this.#library = memory.recorder;
    this.#layer = plan.name;
    this.#shape = memory.shape({ ...plan, inputs: channels, outputs: channels });
    this.output = memory.tensor("activations", batch * height * width * channels);
    this.#places = memory.tensor("activations", this.output.count, "uint8");
  }

  forward(x: Tensor, n: number): void {
    this.#forward(x, this.output, this.#places, n);
  }

  infer(x: Tensor, buffers: Buffers, n: number): void {
    this.#forward(x, buffers.next, undefined, n);
    buffers.advance(0);
  }

  #forward(x: Tensor, y: Tensor, places: Tensor | undefined, n: number): void {
    const words = { x, y, places, shape: this.#shape, n };
    this.#library.call("fp32_max_pool_forward", words, { layer: this.#layer, phase: "forward" });
  }

  /** Keeps the skip apart, for whose sake the errors need a third tensor: the bias below is not to see it. */
  backward(_x: Tensor, errors: Buffers, skip: Tensor | undefined, n: number): Tensor | undefined {
    const dy = errors.current;
    const free = errors.spare.findIndex((each) => each !== skip);
    this.#backward(dy, errors.spare[free]!, n);
    if (skip !== undefined) this.#backward(skip, dy, n);
    errors.advance(free);
    return skip === undefined ? undefined : dy;
  }

  #backward(dy: Tensor, dx: Tensor, n: number): void {
    const words = { dy, places: this.#places, dx, shape: this.#shape, n };
    this.#library.call("fp32_max_pool_backward", words, { layer: this.#layer, phase: "backward" });
  }
}
