/**
 * Fixup instead of normalization (arXiv 1901.09321, figure 1 right): a
 * convolution and its ReLU with scalar biases between and behind them, and at
 * the end of a branch a scalar multiplier.
 *
 *     output = relu(conv(x) * scale + before + residual) + behind
 *
 * The bias behind is the one in front of the next convolution, so what a unit
 * hands on is the u of the next block: a changed shape's shortcut takes it as
 * it is, an identity without that bias.
 *
 * @module
 */

import type { Kernels } from "../../native/kernels.ts";
import type { Tensor } from "../../native/tensor.ts";
import { type ConvPlan, outputSize, type Plan } from "../../plan/plan.ts";
import { Convolution } from "./convolution.ts";
import type { InitialClassifier, Norm, Projection, Unit } from "./layer.ts";
import { type Memory, Parameter } from "./memory.ts";
import type { DrawWeights } from "./random.ts";
import { SCALARS } from "./recipe.ts";
import { type ReluScalars, type ScalarLayout, scalarLayout } from "./scalars.ts";

/** Fixup's scalars, and initial weights by the given deviations. */
export class Fixup implements Norm {
  readonly parameters: readonly Parameter[];
  readonly #memory: Memory;
  readonly #batch: number;
  readonly #layout: ScalarLayout;
  readonly #draw: DrawWeights;
  readonly #scalars: Parameter;

  constructor(memory: Memory, plan: Plan, batch: number, draw: DrawWeights) {
    this.#memory = memory;
    this.#batch = batch;
    this.#layout = scalarLayout(plan);
    this.#draw = draw;
    const { count, scales } = this.#layout;
    const initial = new Float32Array(count).fill(1, scales);
    this.#scalars = new Parameter(memory, {
      layer: "scalars",
      name: "scalars",
      shape: [count],
      initial,
      learning: SCALARS,
    });
    this.parameters = [this.#scalars];
  }

  unit(conv: ConvPlan, source: () => number): Unit {
    const relu = this.#layout.relus.get(conv)!;
    return new FixupUnit(this.#memory, this.#convolution(conv, source), this.#batch, this.#scalars, relu);
  }

  /** Without scalars: it takes its input behind the block's first bias. */
  projection(conv: ConvPlan, source: () => number): Projection {
    return new PlainProjection(this.#convolution(conv, source));
  }

  #convolution(conv: ConvPlan, source: () => number): Convolution {
    return new Convolution(this.#memory, conv, this.#draw(conv, source));
  }

  /** Zeros. */
  classifier({ inputs, outputs }: ConvPlan): InitialClassifier {
    return {
      weights: new Float32Array(inputs * outputs),
      bias: new Float32Array(outputs),
      biasLearning: SCALARS,
    };
  }
}

class FixupUnit implements Unit {
  readonly output: Tensor;
  readonly size: number;
  readonly parameters: readonly Parameter[];
  readonly statistics = [];
  readonly #library: Kernels;
  readonly #convolution: Convolution;
  readonly #scalars: Parameter;
  readonly #indices: ReluScalars;
  /** The convolution's output; the backward pass turns it into its own gradient. Only the scale's needs it kept. */
  readonly #convolved: Tensor;

  constructor(memory: Memory, convolution: Convolution, batch: number, scalars: Parameter, indices: ReluScalars) {
    const { height, width } = outputSize(convolution.plan);
    this.#library = memory.recorder;
    this.#convolution = convolution;
    this.size = height * width * convolution.plan.outputs;
    this.#scalars = scalars;
    this.#indices = indices;
    this.output = memory.flow(batch * this.size);
    this.#convolved = indices.scale < 0 ? this.output : memory.flow(batch * this.size);
    this.parameters = [convolution.weights];
  }

  forward(x: Tensor, residual: Tensor | undefined, n: number): void {
    this.#convolution.forward(x, this.#convolved, n);
    this.#relu(this.#convolved, residual, this.output, n);
  }

  infer(x: Tensor, residual: Tensor | undefined, y: Tensor, n: number): void {
    this.#convolution.forward(x, y, n);
    this.#relu(y, residual, y, n);
  }

  #relu(x: Tensor, residual: Tensor | undefined, y: Tensor, n: number): void {
    const words = { x, residual, scalars: this.#scalars.tensor, ...this.#indices, y, count: n * this.size };
    this.#library.call("fp32_fixup_relu_forward", words, { layer: this.#convolution.plan.name, phase: "forward" });
  }

  backward(x: Tensor, dy: Tensor, dx: Tensor | undefined, n: number): void {
    this.backwardAtJunction(x, dy, undefined, dx, n);
  }

  backwardAtJunction(x: Tensor, dy: Tensor, skip: Tensor | undefined, dx: Tensor | undefined, n: number): void {
    this.#reluBackward(dy, skip, n);
    this.#convolution.backwardWeights(x, this.#convolved, n);
    if (dx !== undefined) this.#convolution.backwardData(this.#convolved, dx, n);
  }

  /** The convolved becomes its gradient; sets those of the scalars. */
  #reluBackward(dy: Tensor, skip: Tensor | undefined, n: number): void {
    const { scale, before, behind } = this.#indices;
    const place = { layer: this.#convolution.plan.name, phase: "backward" } as const;
    const { tensor: scalars, gradient: gradients } = this.#scalars;
    const words = { dy, skip, y: this.output, scalars, gradients, before, behind, count: n * this.size };
    if (scale < 0) this.#library.call("fp32_fixup_relu_backward", words, place);
    else this.#library.call("fp32_fixup_residual_backward", { ...words, x: this.#convolved, scale }, place);
  }
}

class PlainProjection implements Projection {
  readonly parameters: readonly Parameter[];
  readonly statistics = [];
  readonly #convolution: Convolution;

  constructor(convolution: Convolution) {
    this.parameters = [convolution.weights];
    this.#convolution = convolution;
  }

  forward(x: Tensor, y: Tensor, n: number): void {
    this.#convolution.forward(x, y, n);
  }

  infer(x: Tensor, y: Tensor, n: number): void {
    this.forward(x, y, n);
  }

  backward(x: Tensor, dy: Tensor, dx: Tensor | undefined, n: number): void {
    this.#convolution.backwardWeights(x, dy, n);
    if (dx !== undefined) this.#convolution.backwardData(dy, dx, n);
  }
}
