/**
 * The units of a network with batch normalization (Ioffe & Szegedy, arXiv
 * 1502.03167) behind every convolution.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { ConvPlan } from "../../plan/plan.ts";
import { ConvNorm } from "./conv_norm.ts";
import type { Memory } from "./memory.ts";
import type { NamedTensor, Parameter } from "./parameter.ts";
import { uniform } from "./random.ts";
import { OFFSETS } from "./recipe.ts";
import type { InitialClassifier, Norm, Projection, Unit } from "./unit.ts";

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

/** conv-BN-ReLU. */
class BatchNormUnit implements Unit {
  readonly output: Tensor;
  readonly parameters: readonly Parameter[];
  readonly statistics: readonly NamedTensor[];
  readonly #convolution: ConvNorm;

  constructor(convolution: ConvNorm) {
    this.output = convolution.tensor();
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

  backward(x: Tensor, dy: Tensor, dx: Tensor, n: number): void {
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

  backward(x: Tensor, dy: Tensor, dx: Tensor, n: number): void {
    this.#convolution.backward(x, dy, undefined, undefined, dx, n);
  }
}
