/**
 * What a network is made of between its pixels and its classifier: layers, and
 * within them units, whatever normalises them: a convolution and its ReLU,
 * with all that happens between and behind them.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { ConvPlan } from "../../plan/plan.ts";
import type { NamedTensor, Parameter, Scratch } from "./memory.ts";
import type { Learning } from "./recipe.ts";

/** What learns, or is learnt beside the parameters. */
export interface Learner {
  /** In the order of the forward pass. */
  readonly parameters: readonly Parameter[];
  /** What training sets beside the parameters. */
  readonly statistics: readonly NamedTensor[];
}

/** A gradient: the sum of both. */
export interface Gradient {
  readonly dy: Tensor;
  /** What came around a branch. */
  readonly skip: Tensor | undefined;
}

/** A layer. */
export interface Layer extends Learner {
  /** Activation behind the layer. */
  readonly output: Tensor;

  /** Sets the output from x. */
  forward(x: Tensor, n: number): void;

  /** The same as inference does it; returns its output. */
  infer(x: Tensor, scratch: Scratch, n: number): Tensor;

  /** From the gradient of the output, which it may change, that of the input x; nobody wants that of the lowest layer that is trained. */
  backward(x: Tensor, gradient: Gradient, scratch: Scratch, n: number): Gradient | undefined;
}

/** A convolution with its ReLU. */
export interface Unit extends Learner {
  /** Activation behind the ReLU, (batch, height, width, outputs). */
  readonly output: Tensor;
  /** Elements of an image's output. */
  readonly size: number;

  /** Sets the output from x and `residual`, added in front of the ReLU, which may be the output. */
  forward(x: Tensor, residual: Tensor | undefined, n: number): void;

  /** The same as inference does it, into y; `residual` may not be y. */
  infer(x: Tensor, residual: Tensor | undefined, y: Tensor, n: number): void;

  /** Sets the parameters' gradients and, if wanted, dx, that of the input x. There was no residual. */
  backward(x: Tensor, dy: Tensor, dx: Tensor | undefined, n: number): void;

  /**
   * The same where a shortcut starts or ends: the gradient of the output is
   * dy + skip, and where there was a residual, dy becomes its gradient. The
   * lowest unit that is trained has no use for dx.
   */
  backwardAtJunction(x: Tensor, dy: Tensor, skip: Tensor | undefined, dx: Tensor | undefined, n: number): void;
}

/** A convolution on a shortcut, without a ReLU of its own. */
export interface Projection extends Learner {
  /** Sets y from x. */
  forward(x: Tensor, y: Tensor, n: number): void;

  /** The same as inference does it. */
  infer(x: Tensor, y: Tensor, n: number): void;

  /** Sets the parameters' gradients and, if wanted, dx from dy, the gradient of y, which stays as it is. */
  backward(x: Tensor, dy: Tensor, dx: Tensor | undefined, n: number): void;
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

  projection(conv: ConvPlan, source: () => number): Projection;

  classifier(conv: ConvPlan, source: () => number): InitialClassifier;
}
