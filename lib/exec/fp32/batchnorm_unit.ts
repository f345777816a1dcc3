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
import { gaussian, heSigma } from "./initial.ts";
import type { Memory } from "./memory.ts";
import type { NamedTensor, Parameter } from "./parameter.ts";
import { uniform } from "./random.ts";
import { OFFSETS } from "./recipe.ts";
import type { InitialClassifier, Norm, Unit } from "./unit.ts";

/** Batch normalization in front of every ReLU. */
export class BatchNorm implements Norm {
  readonly parameters = [];
  readonly #memory: Memory;
  readonly #batch: number;

  constructor(memory: Memory, batch: number) {
    this.#memory = memory;
    this.#batch = batch;
  }

  unit(conv: ConvPlan, source: () => number): Unit {
    return new BatchNormUnit(this.#memory, conv, this.#batch, source);
  }

  /** Uniform in +-1/sqrt(inputs), as PyTorch's linear layer. */
  classifier({ inputs, outputs }: ConvPlan, source: () => number): InitialClassifier {
    const bound = 1 / Math.sqrt(inputs);
    return {
      weights: uniform(source, inputs * outputs, bound),
      bias: uniform(source, outputs, bound),
      biasLearning: OFFSETS,
    };
  }
}

/** conv-BN-ReLU. */
class BatchNormUnit implements Unit {
  readonly output: Tensor;
  readonly #convolution: Convolution;
  readonly #norm: BatchNormRelu;
  /** The convolution's output; the backward pass turns it into its own gradient. */
  readonly #convolved: Tensor;

  constructor(memory: Memory, plan: ConvPlan, batch: number, source: () => number) {
    this.#convolution = new Convolution(memory, plan, gaussian(plan, heSigma(plan), source));
    const { height, width } = outputSize(plan);
    this.#norm = new BatchNormRelu(memory, `${plan.name}.norm`, plan.outputs, height * width);
    this.#convolved = memory.tensor("activations", batch * height * width * plan.outputs);
    this.output = memory.tensor("activations", batch * height * width * plan.outputs);
  }

  get parameters(): Parameter[] {
    return [this.#convolution.weights, this.#norm.gamma, this.#norm.beta];
  }

  get statistics(): NamedTensor[] {
    return [this.#norm.runningMean, this.#norm.runningVariance];
  }

  /** With the batch's statistics. */
  forward(x: Tensor, residual: Tensor | undefined, n: number): void {
    this.#convolution.forward(x, this.#convolved, n);
    this.#norm.forward(this.#convolved, residual, this.output, n);
  }

  /** With the running statistics. */
  infer(x: Tensor, residual: Tensor | undefined, y: Tensor, n: number): void {
    this.#convolution.forward(x, y, n);
    this.#norm.infer(y, residual, y, n);
  }

  backward(x: Tensor, dy: Tensor, dx: Tensor, n: number): void {
    this.#norm.backward(dy, undefined, undefined, this.#convolved, n);
    this.#convolutionBackward(x, dx, n);
  }

  backwardAtJunction(x: Tensor, dy: Tensor, skip: Tensor | undefined, dx: Tensor | undefined, n: number): void {
    this.#norm.backward(dy, skip, this.output, this.#convolved, n);
    this.#convolutionBackward(x, dx, n);
  }

  #convolutionBackward(x: Tensor, dx: Tensor | undefined, n: number): void {
    this.#convolution.backwardWeights(x, this.#convolved, n);
    if (dx !== undefined) this.#convolution.backwardData(this.#convolved, dx, n);
  }
}
