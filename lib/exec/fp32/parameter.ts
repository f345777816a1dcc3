/**
 * A trained tensor with its gradient and momentum.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { Memory } from "./memory.ts";
import type { Learning, Update } from "./recipe.ts";

/** A tensor of the state under the name that checkpoints know. */
export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly tensor: Tensor;
}

/** A parameter under SGD with momentum. */
export class Parameter implements NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly tensor: Tensor;
  readonly gradient: Tensor;
  readonly velocity: Tensor;
  readonly #memory: Memory;
  readonly #learning: Learning;

  /** @param initial values of the first step, as many as the shape has */
  constructor(
    memory: Memory,
    name: string,
    shape: readonly number[],
    initial: Float32Array<ArrayBuffer>,
    learning: Learning,
  ) {
    this.name = name;
    this.shape = shape;
    this.tensor = memory.tensor("parameters", initial.length);
    this.gradient = memory.tensor("optimizer", initial.length);
    this.velocity = memory.tensor("optimizer", initial.length);
    this.tensor.write(initial);
    this.#memory = memory;
    this.#learning = learning;
  }

  /** Applies the gradient. */
  update({ learningRate, momentum, weightDecay, centred }: Update): void {
    const { library } = this.#memory;
    const { isWeights, rate } = this.#learning;
    const tensors = [this.tensor.handle, this.velocity.handle, this.gradient.handle] as const;
    const factors = [learningRate * rate, momentum, isWeights ? weightDecay : 0] as const;
    const { count } = this.tensor, channels = this.shape[0]!;
    library.check(
      centred && isWeights
        ? library.symbols.eoq_fp32_sgd_step_centered(...tensors, ...factors, channels, count / channels)
        : library.symbols.eoq_fp32_sgd_step(...tensors, ...factors, count),
    );
  }
}
