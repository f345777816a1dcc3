/**
 * A convolution without bias, forward and backward.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { ConvPlan } from "../../plan/plan.ts";
import type { Memory } from "./memory.ts";
import { Parameter } from "./parameter.ts";
import { WEIGHTS } from "./recipe.ts";

type Geometry = [n: number, h: number, w: number, c: number, k: number, kernel: number, stride: number, pad: number];

/** A convolution: activations NHWC, weights (outputs, kernel, kernel, inputs). */
export class Convolution {
  readonly plan: ConvPlan;
  readonly weights: Parameter;
  readonly #memory: Memory;

  /** @param initial values of the weights, in their order */
  constructor(memory: Memory, plan: ConvPlan, initial: Float32Array<ArrayBuffer>) {
    this.plan = plan;
    this.#memory = memory;
    const shape = [plan.outputs, plan.kernel, plan.kernel, plan.inputs];
    this.weights = new Parameter(memory, `${plan.name}.weights`, shape, initial, WEIGHTS);
  }

  /** y = convolution of the first n images of x. */
  forward(x: Tensor, y: Tensor, n: number): void {
    const { library } = this.#memory;
    library.check(
      library.symbols.eoq_fp32_conv_forward(x.handle, this.weights.tensor.handle, y.handle, ...this.#geometry(n)),
    );
  }

  /** dx = gradient of the input, given dy, that of the output. */
  backwardData(dy: Tensor, dx: Tensor, n: number): void {
    const { library } = this.#memory;
    library.check(
      library.symbols.eoq_fp32_conv_backward_data(
        dy.handle,
        this.weights.tensor.handle,
        dx.handle,
        ...this.#geometry(n),
      ),
    );
  }

  /** Sets the weights' gradient from the input x and dy. */
  backwardWeights(x: Tensor, dy: Tensor, n: number): void {
    const { library } = this.#memory;
    library.check(
      library.symbols.eoq_fp32_conv_backward_weights(
        x.handle,
        dy.handle,
        this.weights.gradient.handle,
        ...this.#geometry(n),
      ),
    );
  }

  #geometry(n: number): Geometry {
    const { height, width, inputs, outputs, kernel, stride, padding } = this.plan;
    return [n, height, width, inputs, outputs, kernel, stride, padding];
  }
}
