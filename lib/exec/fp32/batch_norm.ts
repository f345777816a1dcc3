/**
 * The units of a network with batch normalization (Ioffe & Szegedy, arXiv
 * 1502.03167) behind every convolution.
 *
 * @module
 */

import type { Kernels } from "../../native/kernels.ts";
import type { Tensor } from "../../native/tensor.ts";
import { type ConvPlan, outputSize } from "../../plan/plan.ts";
import { heDeviation } from "../fixup.ts";
import { Convolution } from "./convolution.ts";
import type { InitialClassifier, Learner, Norm, Projection, Unit } from "./layer.ts";
import { type Memory, type NamedTensor, Parameter } from "./memory.ts";
import { gaussian, uniform } from "./random.ts";
import { OFFSETS } from "./recipe.ts";

/** Share of the batch's statistics in the running ones, as in PyTorch. */
const MOMENTUM = 0.1;
const EPSILON = 1e-5;

/** Batch normalization. */
export class BatchNorm implements Norm {
  readonly parameters = [];
  readonly #memory: Memory;
  readonly #batch: number;

  constructor(memory: Memory, batch: number) {
    this.#memory = memory;
    this.#batch = batch;
  }

  unit(conv: ConvPlan, source: () => number): Unit {
    return new BatchNormUnit(new ConvNorm(this.#memory, conv, this.#batch, true, source));
  }

  projection(conv: ConvPlan, source: () => number): Projection {
    return new BatchNormProjection(new ConvNorm(this.#memory, conv, this.#batch, false, source));
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

/** y = BN(conv(x)) + residual, and its ReLU if it has one. */
class ConvNorm implements Learner {
  readonly parameters: readonly Parameter[];
  readonly statistics: readonly NamedTensor[];
  /** Elements of an image's output. */
  readonly size: number;
  /** A new tensor of the output's shape. */
  readonly tensor: () => Tensor;
  readonly #library: Kernels;
  readonly #layer: string;
  readonly #convolution: Convolution;
  readonly #gamma: Parameter;
  readonly #beta: Parameter;
  readonly #runningMean: NamedTensor;
  readonly #runningVariance: NamedTensor;
  readonly #mean: Tensor;
  readonly #inverseStd: Tensor;
  readonly #relu: number;
  readonly #channels: number;
  /** Of an image. */
  readonly #pixels: number;
  /** The convolution's output; the backward pass turns it into its own gradient. */
  readonly #convolved: Tensor;

  /** @param source uniform numbers for He's weights */
  constructor(memory: Memory, plan: ConvPlan, batch: number, relu: boolean, source: () => number) {
    const { height, width } = outputSize(plan), layer = `${plan.name}.norm`, shape = [plan.outputs];
    const ones = new Float32Array(plan.outputs).fill(1), zeros = new Float32Array(plan.outputs);
    const channels = { layer, shape, learning: OFFSETS };
    this.#library = memory.recorder;
    this.#layer = layer;
    this.#convolution = new Convolution(memory, plan, gaussian(plan, heDeviation(plan), source));
    this.#gamma = new Parameter(memory, { ...channels, name: `${layer}.gamma`, initial: ones });
    this.#beta = new Parameter(memory, { ...channels, name: `${layer}.beta`, initial: zeros });
    const running = (name: string) => ({ name, shape, tensor: memory.tensor("parameters", plan.outputs) });
    this.#runningMean = running(`${layer}.runningMean`);
    this.#runningVariance = running(`${layer}.runningVariance`);
    this.#runningVariance.tensor.write(ones);
    this.#mean = memory.flow(plan.outputs);
    this.#inverseStd = memory.flow(plan.outputs);
    this.#relu = Number(relu);
    this.#channels = plan.outputs;
    this.#pixels = height * width;
    this.size = height * width * plan.outputs;
    this.tensor = () => memory.flow(batch * this.size);
    this.#convolved = this.tensor();
    this.parameters = [this.#convolution.weights, this.#gamma, this.#beta];
    this.statistics = [this.#runningMean, this.#runningVariance];
  }

  /** What the kernels of all phases take. */
  #words(n: number) {
    return {
      gamma: this.#gamma.tensor,
      beta: this.#beta.tensor,
      relu: this.#relu,
      pixels: n * this.#pixels,
      c: this.#channels,
    };
  }

  get #running() {
    return { running_mean: this.#runningMean.tensor, running_variance: this.#runningVariance.tensor };
  }

  /** With the statistics of the batch's n images, which also move the running ones; `residual` may be y. */
  forward(x: Tensor, residual: Tensor | undefined, y: Tensor, n: number): void {
    this.#convolution.forward(x, this.#convolved, n);
    this.#library.call("fp32_batchnorm_relu_forward", {
      ...this.#words(n),
      ...this.#running,
      x: this.#convolved,
      residual,
      momentum: MOMENTUM,
      epsilon: EPSILON,
      y,
      mean: this.#mean,
      inverse_std: this.#inverseStd,
    }, { layer: this.#layer, phase: "forward" });
  }

  /** With the running statistics; `residual` may not be y. */
  infer(x: Tensor, residual: Tensor | undefined, y: Tensor, n: number): void {
    this.#convolution.forward(x, y, n);
    const words = { ...this.#words(n), ...this.#running, x: y, residual, epsilon: EPSILON, y };
    this.#library.call("fp32_batchnorm_relu_inference", words, { layer: this.#layer, phase: "forward" });
  }

  /**
   * Sets the parameters' gradients and dx, if wanted. Without a residual that
   * is all. With one y is the forward result, and dy, `skip` added to it,
   * becomes the residual's gradient.
   */
  backward(
    x: Tensor,
    dy: Tensor,
    skip: Tensor | undefined,
    y: Tensor | undefined,
    dx: Tensor | undefined,
    n: number,
  ): void {
    this.#library.call("fp32_batchnorm_relu_backward", {
      ...this.#words(n),
      dy,
      skip,
      y,
      x: this.#convolved,
      mean: this.#mean,
      inverse_std: this.#inverseStd,
      dgamma: this.#gamma.gradient,
      dbeta: this.#beta.gradient,
    }, { layer: this.#layer, phase: "backward" });
    this.#convolution.backwardWeights(x, this.#convolved, n);
    if (dx !== undefined) this.#convolution.backwardData(this.#convolved, dx, n);
  }
}

/** conv-BN-ReLU. */
class BatchNormUnit implements Unit {
  readonly output: Tensor;
  readonly size: number;
  readonly parameters: readonly Parameter[];
  readonly statistics: readonly NamedTensor[];
  readonly #convolution: ConvNorm;

  constructor(convolution: ConvNorm) {
    this.output = convolution.tensor();
    this.size = convolution.size;
    this.parameters = convolution.parameters;
    this.statistics = convolution.statistics;
    this.#convolution = convolution;
  }

  forward(x: Tensor, residual: Tensor | undefined, n: number): void {
    this.#convolution.forward(x, residual, this.output, n);
  }

  infer(x: Tensor, residual: Tensor | undefined, y: Tensor, n: number): void {
    this.#convolution.infer(x, residual, y, n);
  }

  backward(x: Tensor, dy: Tensor, dx: Tensor | undefined, n: number): void {
    this.#convolution.backward(x, dy, undefined, undefined, dx, n);
  }

  backwardAtJunction(x: Tensor, dy: Tensor, skip: Tensor | undefined, dx: Tensor | undefined, n: number): void {
    this.#convolution.backward(x, dy, skip, this.output, dx, n);
  }
}

/** conv-BN. */
class BatchNormProjection implements Projection {
  readonly parameters: readonly Parameter[];
  readonly statistics: readonly NamedTensor[];
  readonly #convolution: ConvNorm;

  constructor(convolution: ConvNorm) {
    this.parameters = convolution.parameters;
    this.statistics = convolution.statistics;
    this.#convolution = convolution;
  }

  forward(x: Tensor, y: Tensor, n: number): void {
    this.#convolution.forward(x, undefined, y, n);
  }

  infer(x: Tensor, y: Tensor, n: number): void {
    this.#convolution.infer(x, undefined, y, n);
  }

  backward(x: Tensor, dy: Tensor, dx: Tensor | undefined, n: number): void {
    this.#convolution.backward(x, dy, undefined, undefined, dx, n);
  }
}
