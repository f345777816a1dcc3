/**
 * A convolution, its batch normalization and ReLU, with the activations that
 * the backward pass needs.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import { type ConvPlan, outputSize } from "../../plan/plan.ts";
import { BatchNormRelu } from "./batchnorm.ts";
import { Convolution } from "./convolution.ts";
import type { Memory } from "./memory.ts";
import type { NamedTensor, Parameter } from "./parameter.ts";
import { normal } from "./random.ts";

/** conv-BN-ReLU. */
export class Unit {
  /** Activation after the ReLU, (batch, height, width, outputs). */
  readonly output: Tensor;
  readonly #convolution: Convolution;
  readonly #norm: BatchNormRelu;
  /** The convolution's output; the backward pass turns it into its own gradient. */
  readonly #convolved: Tensor;

  /** @param source uniform numbers; weights are He's normal, fan out (arXiv 1502.01852) */
  constructor(memory: Memory, plan: ConvPlan, batch: number, source: () => number) {
    const taps = plan.kernel * plan.kernel * plan.outputs;
    this.#convolution = new Convolution(memory, plan, normal(source, taps * plan.inputs, Math.sqrt(2 / taps)));
    const { height, width } = outputSize(plan);
    this.#norm = new BatchNormRelu(memory, `${plan.name}.norm`, plan.outputs, height * width);
    this.#convolved = memory.tensor("activations", batch * height * width * plan.outputs);
    this.output = memory.tensor("activations", batch * height * width * plan.outputs);
  }

  /** In the order of the forward pass. */
  get parameters(): Parameter[] {
    return [this.#convolution.weights, this.#norm.gamma, this.#norm.beta];
  }

  get statistics(): NamedTensor[] {
    return [this.#norm.runningMean, this.#norm.runningVariance];
  }

  /** output = relu(BN(conv(x)) + residual), with the batch's statistics; `residual` may be the output. */
  forward(x: Tensor, residual: Tensor | undefined, n: number): void {
    this.#convolution.forward(x, this.#convolved, n);
    this.#norm.forward(this.#convolved, residual, this.output, n);
  }

  /** The same into y with the running statistics; `residual` may not be y. */
  infer(x: Tensor, residual: Tensor | undefined, y: Tensor, n: number): void {
    this.#convolution.forward(x, y, n);
    this.#norm.infer(y, residual, y, n);
  }

  /** Sets the parameters' gradients and dx, that of the input x. There was no residual. dx may be dy. */
  backward(x: Tensor, dy: Tensor, dx: Tensor, n: number): void {
    this.#norm.backward(dy, undefined, undefined, this.#convolved, n);
    this.#convolutionBackward(x, dx, n);
  }

  /**
   * The same where a shortcut starts or ends: the gradient of the output is
   * dy + skip, and dy becomes the residual's. The stem has no use for dx.
   */
  backwardAtJunction(x: Tensor, dy: Tensor, skip: Tensor | undefined, dx: Tensor | undefined, n: number): void {
    this.#norm.backward(dy, skip, this.output, this.#convolved, n);
    this.#convolutionBackward(x, dx, n);
  }

  #convolutionBackward(x: Tensor, dx: Tensor | undefined, n: number): void {
    this.#convolution.backwardWeights(x, this.#convolved, n);
    if (dx !== undefined) this.#convolution.backwardData(this.#convolved, dx, n);
  }
}
