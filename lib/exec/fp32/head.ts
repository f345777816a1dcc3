/**
 * The end of the network: global average pool, linear classifier, softmax
 * cross-entropy.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { Plan } from "../../plan/plan.ts";
import { residualNetwork } from "../../plan/residual.ts";
import type { BatchMetrics } from "../network.ts";
import { Convolution } from "./convolution.ts";
import type { Memory, Purpose } from "./memory.ts";
import { Parameter } from "./parameter.ts";
import type { InitialClassifier } from "./unit.ts";

/** Small activations of the head for a batch. */
export class HeadActivations {
  readonly pooled: Tensor;
  readonly logits: Tensor;
  readonly labels: Tensor;
  /** Gradient of the logits. */
  readonly dlogits: Tensor;

  constructor(memory: Memory, purpose: Purpose, plan: Plan, batch: number) {
    this.pooled = memory.tensor(purpose, batch * plan.classifier.inputs);
    this.logits = memory.tensor(purpose, batch * plan.classes);
    this.labels = memory.tensor(purpose, batch, "int16");
    this.dlogits = memory.tensor(purpose, batch * plan.classes);
  }
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
    this.#pixels = residualNetwork(plan).pooledPixels;
    this.#metrics = memory.tensor("activations", 2, "fp64");
  }

  get parameters(): Parameter[] {
    return [this.#classifier.weights, this.bias];
  }

  /** Pools x, classifies it and compares with the labels in `to`; also sets the gradient of the logits. */
  forward(x: Tensor, to: HeadActivations, n: number): BatchMetrics {
    const { library } = this.#memory;
    const { inputs, outputs } = this.#classifier.plan;
    const { symbols } = library;
    library.check(symbols.eoq_fp32_pool_forward(x.handle, to.pooled.handle, n, this.#pixels, inputs));
    this.#classifier.forward(to.pooled, to.logits, n);
    library.check(symbols.eoq_fp32_bias_forward(to.logits.handle, this.bias.tensor.handle, n, outputs));
    library.check(symbols.eoq_fp32_softmax_cross_entropy(
      to.logits.handle,
      to.labels.handle,
      to.dlogits.handle,
      this.#metrics.handle,
      n,
      outputs,
    ));
    const [lossSum, correct] = this.#metrics.read(new Float64Array(2)) as unknown as [number, number];
    return { lossSum, correct, count: n };
  }

  /** Sets the parameters' gradients and dx, the gradient of what was pooled. */
  backward(from: HeadActivations, dx: Tensor, n: number): void {
    const { library } = this.#memory;
    const { inputs, outputs } = this.#classifier.plan;
    const { dlogits, pooled } = from;
    library.check(
      library.symbols.eoq_fp32_bias_backward(dlogits.handle, this.bias.gradient.handle, n, outputs),
    );
    this.#classifier.backwardWeights(pooled, dlogits, n);
    this.#classifier.backwardData(dlogits, pooled, n);
    library.check(library.symbols.eoq_fp32_pool_backward(pooled.handle, dx.handle, n, this.#pixels, inputs));
  }
}
