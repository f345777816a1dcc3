/**
 * What a network is made of, whatever normalises it: a convolution and its
 * ReLU, with all that happens between and behind them.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { ConvPlan } from "../../plan/plan.ts";
import type { NamedTensor, Parameter } from "./parameter.ts";
import type { Learning } from "./recipe.ts";

/** A convolution with its ReLU. */
export interface Unit {
  /** Activation behind the ReLU, (batch, height, width, outputs). */
  readonly output: Tensor;
  /** In the order of the forward pass. */
  readonly parameters: readonly Parameter[];
  /** What training sets beside the parameters. */
  readonly statistics: readonly NamedTensor[];

  /** Sets the output from x and `residual`, added in front of the ReLU, which may be the output. */
  forward(x: Tensor, residual: Tensor | undefined, n: number): void;

  /** The same as inference does it, into y; `residual` may not be y. */
  infer(x: Tensor, residual: Tensor | undefined, y: Tensor, n: number): void;

  /** Sets the parameters' gradients and dx, that of the input x. There was no residual. dx may be dy. */
  backward(x: Tensor, dy: Tensor, dx: Tensor, n: number): void;

  /**
   * The same where a shortcut starts or ends: the gradient of the output is
   * dy + skip, and where there was a residual, dy becomes its gradient. The
   * stem has no use for dx.
   */
  backwardAtJunction(x: Tensor, dy: Tensor, skip: Tensor | undefined, dx: Tensor | undefined, n: number): void;
}

/** How the classifier starts and learns. */
export interface InitialClassifier {
  readonly weights: Float32Array<ArrayBuffer>;
  readonly bias: Float32Array<ArrayBuffer>;
  readonly biasLearning: Learning;
}

/** What makes the layers of a network differ between methods. */
export interface Norm {
  /** Parameters that units share. */
  readonly parameters: readonly Parameter[];

  /** The unit of a convolution; `source` gives uniform numbers for its weights. */
  unit(conv: ConvPlan, source: () => number): Unit;

  classifier(conv: ConvPlan, source: () => number): InitialClassifier;
}
