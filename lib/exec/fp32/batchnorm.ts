/**
 * Batch normalization, the residual sum and the ReLU after it, as one layer
 * (Ioffe & Szegedy, arXiv 1502.03167).
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { Memory } from "./memory.ts";
import { type NamedTensor, Parameter } from "./parameter.ts";
import { OFFSETS } from "./recipe.ts";

/** Share of the batch's statistics in the running ones, as in PyTorch. */
const MOMENTUM = 0.1;
const EPSILON = 1e-5;

/** y = relu(batchnorm(x) + residual), or without the ReLU. */
export class BatchNormalization {
  readonly gamma: Parameter;
  readonly beta: Parameter;
  readonly runningMean: NamedTensor;
  readonly runningVariance: NamedTensor;
  readonly #memory: Memory;
  readonly #channels: number;
  readonly #pixels: number;
  readonly #relu: number;
  readonly #mean: Tensor;
  readonly #inverseStd: Tensor;

  /** @param pixels height * width of an image */
  constructor(memory: Memory, name: string, channels: number, pixels: number, relu: boolean) {
    const shape = [channels];
    const ones = new Float32Array(channels).fill(1);
    this.gamma = new Parameter(memory, `${name}.gamma`, shape, ones, OFFSETS);
    this.beta = new Parameter(memory, `${name}.beta`, shape, new Float32Array(channels), OFFSETS);
    this.runningMean = { name: `${name}.runningMean`, shape, tensor: memory.tensor("parameters", channels) };
    this.runningVariance = { name: `${name}.runningVariance`, shape, tensor: memory.tensor("parameters", channels) };
    this.runningVariance.tensor.write(ones);
    this.#memory = memory;
    this.#channels = channels;
    this.#pixels = pixels;
    this.#relu = Number(relu);
    this.#mean = memory.tensor("activations", channels);
    this.#inverseStd = memory.tensor("activations", channels);
  }

  /** With the statistics of the batch's n images, which also move the running ones; `residual` may be y. */
  forward(x: Tensor, residual: Tensor | undefined, y: Tensor, n: number): void {
    const { library } = this.#memory;
    library.check(library.symbols.eoq_fp32_batchnorm_relu_forward(
      x.handle,
      residual?.handle ?? 0,
      this.gamma.tensor.handle,
      this.beta.tensor.handle,
      this.runningMean.tensor.handle,
      this.runningVariance.tensor.handle,
      this.#relu,
      MOMENTUM,
      EPSILON,
      y.handle,
      this.#mean.handle,
      this.#inverseStd.handle,
      n * this.#pixels,
      this.#channels,
    ));
  }

  /** With the running statistics; y may be x or `residual`. */
  infer(x: Tensor, residual: Tensor | undefined, y: Tensor, n: number): void {
    const { library } = this.#memory;
    library.check(library.symbols.eoq_fp32_batchnorm_relu_inference(
      x.handle,
      residual?.handle ?? 0,
      this.gamma.tensor.handle,
      this.beta.tensor.handle,
      this.runningMean.tensor.handle,
      this.runningVariance.tensor.handle,
      this.#relu,
      EPSILON,
      y.handle,
      n * this.#pixels,
      this.#channels,
    ));
  }

  /**
   * x becomes its own gradient; sets those of gamma and beta. Without a
   * residual that is all. With one y is the forward result, and dy, `skip`
   * added to it, becomes the residual's gradient.
   */
  backward(dy: Tensor, skip: Tensor | undefined, y: Tensor | undefined, x: Tensor, n: number): void {
    const { library } = this.#memory;
    library.check(library.symbols.eoq_fp32_batchnorm_relu_backward(
      dy.handle,
      skip?.handle ?? 0,
      y?.handle ?? 0,
      x.handle,
      this.gamma.tensor.handle,
      this.beta.tensor.handle,
      this.#mean.handle,
      this.#inverseStd.handle,
      this.#relu,
      this.gamma.gradient.handle,
      this.beta.gradient.handle,
      n * this.#pixels,
      this.#channels,
    ));
  }
}
