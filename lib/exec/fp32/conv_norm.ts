/**
 * A convolution and its batch normalization, with the activation between them
 * that the backward pass needs.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import { type ConvPlan, outputSize } from "../../plan/plan.ts";
import { heDeviation } from "../fixup.ts";
import { BatchNormalization } from "./batchnorm.ts";
import { Convolution } from "./convolution.ts";
import type { Learner } from "./layer.ts";
import type { Memory } from "./memory.ts";
import type { NamedTensor, Parameter } from "./parameter.ts";
import { gaussian } from "./random.ts";

/** y = BN(conv(x)) + residual, and its ReLU if it has one. */
export class ConvNorm implements Learner {
  readonly parameters: readonly Parameter[];
  readonly statistics: readonly NamedTensor[];
  readonly #convolution: Convolution;
  readonly #norm: BatchNormalization;
  /** A new tensor of the output's shape. */
  readonly tensor: () => Tensor;
  /** The convolution's output; the backward pass turns it into its own gradient. */
  readonly #convolved: Tensor;

  /** @param source uniform numbers for He's weights */
  constructor(memory: Memory, plan: ConvPlan, batch: number, relu: boolean, source: () => number) {
    const { height, width } = outputSize(plan);
    this.#convolution = new Convolution(memory, plan, gaussian(plan, heDeviation(plan), source));
    this.#norm = new BatchNormalization(memory, `${plan.name}.norm`, plan.outputs, height * width, relu);
    this.tensor = () => memory.tensor("activations", batch * height * width * plan.outputs);
    this.#convolved = this.tensor();
    this.parameters = [this.#convolution.weights, this.#norm.gamma, this.#norm.beta];
    this.statistics = [this.#norm.runningMean, this.#norm.runningVariance];
  }

  /** With the batch's statistics; `residual` may be y. */
  forward(x: Tensor, residual: Tensor | undefined, y: Tensor, n: number): void {
    this.#convolution.forward(x, this.#convolved, n);
    this.#norm.forward(this.#convolved, residual, y, n);
  }

  /** With the running statistics; `residual` may not be y. */
  infer(x: Tensor, residual: Tensor | undefined, y: Tensor, n: number): void {
    this.#convolution.forward(x, y, n);
    this.#norm.infer(y, residual, y, n);
  }

  /** Sets the parameters' gradients and dx, if wanted. For dy, skip and y see {@linkcode BatchNormalization.backward}. */
  backward(
    x: Tensor,
    dy: Tensor,
    skip: Tensor | undefined,
    y: Tensor | undefined,
    dx: Tensor | undefined,
    n: number,
  ): void {
    this.#norm.backward(dy, skip, y, this.#convolved, n);
    this.#convolution.backwardWeights(x, this.#convolved, n);
    if (dx !== undefined) this.#convolution.backwardData(this.#convolved, dx, n);
  }
}
