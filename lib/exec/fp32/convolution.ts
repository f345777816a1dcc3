/**
 * A convolution without bias, forward and backward.
 *
 * @module
 */

import type { ConvShape } from "../../native/conv_shape.ts";
import type { Tensor } from "../../native/tensor.ts";
import type { ConvPlan } from "../../plan/plan.ts";
import type { Memory } from "./memory.ts";
import { Parameter } from "./parameter.ts";
import { WEIGHTS } from "./recipe.ts";

/** A convolution: activations NHWC, weights (outputs, kernel, kernel, inputs). */
export class Convolution {
  readonly plan: ConvPlan;
  readonly weights: Parameter;
  readonly #memory: Memory;
  readonly #shape: ConvShape;

  /** @param initial values of the weights, in their order */
  constructor(memory: Memory, plan: ConvPlan, initial: Float32Array<ArrayBuffer>) {
    this.plan = plan;
    this.#memory = memory;
    this.#shape = memory.shape(plan);
    const shape = [plan.outputs, plan.kernel, plan.kernel, plan.inputs];
    this.weights = new Parameter(memory, `${plan.name}.weights`, shape, initial, WEIGHTS);
  }

  /** y = convolution of the first n images of x. */
  forward(x: Tensor, y: Tensor, n: number): void {
    const { library } = this.#memory;
    library.check(
      library.symbols.eoq_fp32_conv_forward(x.handle, this.weights.tensor.handle, y.handle, this.#shape.handle, n),
    );
  }

  /** dx = gradient of the input, given dy, that of the output. */
  backwardData(dy: Tensor, dx: Tensor, n: number): void {
    const { library } = this.#memory;
    library.check(library.symbols.eoq_fp32_conv_backward_data(
      dy.handle,
      this.weights.tensor.handle,
      dx.handle,
      this.#shape.handle,
      n,
    ));
  }

  /** Sets the weights' gradient from the input x and dy. */
  backwardWeights(x: Tensor, dy: Tensor, n: number): void {
    const { library } = this.#memory;
    library.check(library.symbols.eoq_fp32_conv_backward_weights(
      x.handle,
      dy.handle,
      this.weights.gradient.handle,
      this.#shape.handle,
      n,
    ));
  }
}
