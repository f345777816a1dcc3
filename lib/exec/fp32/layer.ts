/**
 * What a network is made of between its pixels and its classifier.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { Buffers } from "./buffers.ts";
import type { NamedTensor, Parameter } from "./parameter.ts";

/** What learns, or is learnt beside the parameters. */
export interface Learner {
  /** In the order of the forward pass. */
  readonly parameters: readonly Parameter[];
  /** What training sets beside the parameters. */
  readonly statistics: readonly NamedTensor[];
}

/** A layer. */
export interface Layer extends Learner {
  /** Activation behind the layer. */
  readonly output: Tensor;

  /** Sets the output from x. */
  forward(x: Tensor, n: number): void;

  /** The same as inference does it, to `buffers.current`; x is that too, or in none of the buffers. */
  infer(x: Tensor, buffers: Buffers, n: number): void;

  /**
   * The gradient of the output is `errors.current` + skip; that of the input x
   * is then `errors.current` + the returned tensor, one of the spare ones.
   */
  backward(x: Tensor, errors: Buffers, skip: Tensor | undefined, n: number): Tensor | undefined;
}
