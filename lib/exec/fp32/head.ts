/**
 * The end of the network: global average pool, if it has one, linear
 * classifier, softmax cross-entropy.
 *
 * @module
 */

import type { Kernels } from "../../native/kernels.ts";
import type { Tensor } from "../../native/tensor.ts";
import type { Plan } from "../../plan/plan.ts";
import type { BatchMetrics } from "../network.ts";
import type { StepKey } from "../step_programs.ts";
import { Targets } from "../targets.ts";
import { Convolution } from "./convolution.ts";
import type { InitialClassifier } from "./layer.ts";
import { type Memory, Parameter, type Purpose } from "./memory.ts";

/** Small activations of the head for a batch. */
export class HeadActivations {
  /** Absent without a pool. */
  readonly pooled: Tensor | undefined;
  readonly logits: Tensor;
  readonly targets: Targets;
  /** Gradient of the logits; absent in evaluation. */
  readonly dlogits: Tensor | undefined;

  constructor(memory: Memory, purpose: Purpose, plan: Plan, batch: number) {
    this.pooled = pooledPixels(plan) === 0 ? undefined : memory.flow(batch * plan.classifier.inputs);
    this.logits = memory.flow(batch * plan.classes);
    this.targets = new Targets(() => memory.tensor(purpose, batch, "int16"));
    this.dlogits = purpose === "evaluation" ? undefined : memory.flow(batch * plan.classes);
  }
}

/** Pixels that the average pool averages, 0 without one. */
function pooledPixels({ layers }: Plan): number {
  const last = layers.at(-1);
  return last?.kind === "average-pool" ? last.input.height * last.input.width : 0;
}

/** Elements of what a loss reports. */
const METRICS = 2;

/** Pool, classifier and loss. */
export class Head {
  readonly bias: Parameter;
  readonly #library: Kernels;
  readonly #classifier: Convolution;
  readonly #pixels: number;
  /** Loss and correct count, and where they are read. */
  readonly #metrics: Tensor;
  readonly #read = new Float64Array(METRICS);
  readonly #bytes = new Uint8Array(this.#read.buffer);

  constructor(memory: Memory, plan: Plan, initial: InitialClassifier) {
    const { outputs, name: layer } = plan.classifier;
    this.#library = memory.recorder;
    this.#classifier = new Convolution(memory, plan.classifier, initial.weights);
    this.bias = new Parameter(memory, {
      layer,
      name: `${layer}.bias`,
      shape: [outputs],
      initial: initial.bias,
      learning: initial.biasLearning,
    });
    this.#pixels = pooledPixels(plan);
    this.#metrics = memory.tensor("activations", METRICS, "fp64");
  }

  get parameters(): Parameter[] {
    return [this.#classifier.weights, this.bias];
  }

  /** Pools x, classifies it and compares with the targets in `to`; sets the gradient of the logits, if wanted. */
  forward(x: Tensor, to: HeadActivations, { count: n, mixed }: StepKey): void {
    const { inputs, outputs, name: layer } = this.#classifier.plan, { pooled, logits, dlogits } = to;
    const phase = "forward", library = this.#library;
    if (pooled !== undefined) {
      const words = { x, y: pooled, n, pixels: this.#pixels, c: inputs };
      library.call("fp32_pool_forward", words, { layer: "average-pool", phase });
    }
    this.#classifier.forward(pooled ?? x, logits, n);
    library.call("fp32_bias_forward", { y: logits, bias: this.bias.tensor, n, c: outputs }, { layer, phase });
    const words = { logits, ...to.targets.words(mixed), dlogits, metrics: this.#metrics, n, classes: outputs };
    library.call("fp32_softmax_cross_entropy", words, { layer: "loss", phase });
  }

  /** What the last n images came to. */
  metrics(n: number): BatchMetrics {
    this.#metrics.read(this.#bytes);
    const read = this.#read;
    return { lossSum: read[0]!, correct: read[1]!, count: n };
  }

  /** Sets the parameters' gradients and, if wanted, dx, the gradient of x. Not in evaluation. */
  backward(x: Tensor, from: HeadActivations, dx: Tensor | undefined, n: number): void {
    const { inputs, outputs, name: layer } = this.#classifier.plan, { pooled } = from, dlogits = from.dlogits!;
    const phase = "backward", library = this.#library;
    library.call("fp32_bias_backward", { dy: dlogits, dbias: this.bias.gradient, n, c: outputs }, { layer, phase });
    this.#classifier.backwardWeights(pooled ?? x, dlogits, n);
    if (dx === undefined) return;
    this.#classifier.backwardData(dlogits, pooled ?? dx, n);
    if (pooled === undefined) return;
    const words = { dy: pooled, dx, n, pixels: this.#pixels, c: inputs };
    library.call("fp32_pool_backward", words, { layer: "average-pool", phase });
  }
}
