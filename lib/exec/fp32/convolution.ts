/**
 * A convolution without bias, forward and backward.
 *
 * @module
 */

import type { ConvShape } from "../../native/conv_shape.ts";
import type { Kernels } from "../../native/kernels.ts";
import type { Tensor } from "../../native/tensor.ts";
import type { ConvPlan } from "../../plan/plan.ts";
import { type Memory, Parameter } from "./memory.ts";
import { WEIGHTS } from "./recipe.ts";

/** A convolution: activations NHWC, weights (outputs, kernel, kernel, inputs). */
export class Convolution {
  readonly plan: ConvPlan;
  readonly weights: Parameter;
  readonly #library: Kernels;
  readonly #shape: ConvShape;

  /** @param initial values of the weights, in their order */
  constructor(memory: Memory, plan: ConvPlan, initial: Float32Array<ArrayBuffer>) {
    const { name: layer, outputs, kernel, inputs } = plan;
    this.plan = plan;
    this.#library = memory.recorder;
    this.#shape = memory.shape(plan);
    const shape = [outputs, kernel, kernel, inputs];
    this.weights = new Parameter(memory, { layer, name: `${layer}.weights`, shape, initial, learning: WEIGHTS });
  }

  /** y = convolution of the first n images of x. */
  forward(x: Tensor, y: Tensor, n: number): void {
    const words = { x, weights: this.weights.tensor, y, shape: this.#shape, n };
    this.#library.call("fp32_conv_forward", words, { layer: this.plan.name, phase: "forward" });
  }

  /** dx = gradient of the input, given dy, that of the output. */
  backwardData(dy: Tensor, dx: Tensor, n: number): void {
    const words = { dy, weights: this.weights.tensor, dx, shape: this.#shape, n };
    this.#library.call("fp32_conv_backward_data", words, { layer: this.plan.name, phase: "backward" });
  }

  /** Sets the weights' gradient from the input x and dy. */
  backwardWeights(x: Tensor, dy: Tensor, n: number): void {
    const words = { x, dy, dweights: this.weights.gradient, shape: this.#shape, n };
    this.#library.call("fp32_conv_backward_weights", words, { layer: this.plan.name, phase: "backward" });
  }
}
