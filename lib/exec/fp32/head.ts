/**
 * The end of the network: global average pool, if it has one, linear
 * classifier, softmax cross-entropy.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { Plan } from "../../plan/plan.ts";
import type { BatchMetrics } from "../network.ts";
import { Targets } from "../targets.ts";
import { Convolution } from "./convolution.ts";
import type { Memory, Purpose } from "./memory.ts";
import { Parameter } from "./parameter.ts";
import type { InitialClassifier } from "./unit.ts";

/** Small activations of the head for a batch. */
export class HeadActivations {
  /** Absent without a pool. */
  readonly pooled: Tensor | undefined;
  readonly logits: Tensor;
  readonly targets: Targets;
  /** Gradient of the logits; absent in evaluation. */
  readonly dlogits: Tensor | undefined;

  constructor(memory: Memory, purpose: Purpose, plan: Plan, batch: number) {
    this.pooled = pooledPixels(plan) === 0 ? undefined : memory.tensor(purpose, batch * plan.classifier.inputs);
    this.logits = memory.tensor(purpose, batch * plan.classes);
    this.targets = new Targets(() => memory.tensor(purpose, batch, "int16"));
    this.dlogits = purpose === "evaluation" ? undefined : memory.tensor(purpose, batch * plan.classes);
  }
}

/** Pixels that the average pool averages, 0 without one. */
function pooledPixels({ layers }: Plan): number {
  const last = layers.at(-1);
  return last?.kind === "average-pool" ? last.input.height * last.input.width : 0;
}

/** Pool, classifier and loss. */
export class Head {
  readonly bias: Parameter;
  readonly #memory: Memory;
  readonly #classifier: Convolution;
  readonly #pixels: number;
  readonly #metrics: Tensor;

  constructor(memory: Memory, plan: Plan, initial: InitialClassifier) {
    const { outputs, name } = plan.classifier;
    this.#memory = memory;
    this.#classifier = new Convolution(memory, plan.classifier, initial.weights);
    this.bias = new Parameter(memory, `${name}.bias`, [outputs], initial.bias, initial.biasLearning);
    this.#pixels = pooledPixels(plan);
    this.#metrics = memory.tensor("activations", 2, "fp64");
  }

  get parameters(): Parameter[] {
    return [this.#classifier.weights, this.bias];
  }

  /** Pools x, classifies it and compares with the targets in `to`; sets the gradient of the logits, if wanted. */
  forward(x: Tensor, to: HeadActivations, n: number): BatchMetrics {
    const { library } = this.#memory;
    const { inputs, outputs } = this.#classifier.plan;
    const { symbols } = library;
    if (to.pooled !== undefined) {
      library.check(symbols.eoq_fp32_pool_forward(x.handle, to.pooled.handle, n, this.#pixels, inputs));
    }
    this.#classifier.forward(to.pooled ?? x, to.logits, n);
    library.check(symbols.eoq_fp32_bias_forward(to.logits.handle, this.bias.tensor.handle, n, outputs));
    library.check(symbols.eoq_fp32_softmax_cross_entropy(
      to.logits.handle,
      ...to.targets.arguments,
      to.dlogits?.handle ?? 0,
      this.#metrics.handle,
      n,
      outputs,
    ));
    const [lossSum, correct] = this.#metrics.read(new Float64Array(2)) as unknown as [number, number];
    return { lossSum, correct, count: n };
  }

  /** Sets the parameters' gradients and dx, the gradient of x. Not in evaluation. */
  backward(x: Tensor, from: HeadActivations, dx: Tensor, n: number): void {
    const { library } = this.#memory;
    const { inputs, outputs } = this.#classifier.plan;
    const { pooled } = from, dlogits = from.dlogits!;
    library.check(
      library.symbols.eoq_fp32_bias_backward(dlogits.handle, this.bias.gradient.handle, n, outputs),
    );
    this.#classifier.backwardWeights(pooled ?? x, dlogits, n);
    this.#classifier.backwardData(dlogits, pooled ?? dx, n);
    if (pooled === undefined) return;
    library.check(library.symbols.eoq_fp32_pool_backward(pooled.handle, dx.handle, n, this.#pixels, inputs));
  }
}
