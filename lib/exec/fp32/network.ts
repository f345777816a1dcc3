/**
 * The baselines: post-activation residual networks in fp32, with batch norm
 * or without (Fixup).
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { Plan } from "../../plan/plan.ts";
import { fixupDeviations } from "../fixup.ts";
import type { Batch, BatchMetrics, ByteCounts, Network, NetworkOptions, Position, StateEntry } from "../network.ts";
import { EOQ_RECIPE, type InputEncoding } from "../recipe.ts";
import { entryOf, restoreEntries, type StateTensor } from "../state.ts";
import { BatchNorm } from "./batchnorm_unit.ts";
import { Evaluation } from "./evaluation.ts";
import { Fixup } from "./fixup_unit.ts";
import { Head } from "./head.ts";
import { checkBatch, Input } from "./input.ts";
import { Memory } from "./memory.ts";
import type { Parameter } from "./parameter.ts";
import { centredGaussian, uniformSource } from "./random.ts";
import { type Fp32Method, updateAt } from "./recipe.ts";
import { Trunk } from "./trunk.ts";
import type { Norm } from "./unit.ts";

/** Makes an initialised `bn-fp32` network. @throws {RunError} when memory is short. */
export function createBatchNormNetwork(options: NetworkOptions): Network {
  return new Fp32Network("bn-fp32", options, (memory) => new BatchNorm(memory, options.batch));
}

/** Makes an initialised `fixup-fp32` network, which starts as eoq does. @throws {RunError} when memory is short. */
export function createFixupNetwork(options: NetworkOptions): Network {
  const { plan, batch } = options, deviations = fixupDeviations(plan, EOQ_RECIPE);
  return new Fp32Network(
    "fixup-fp32",
    options,
    (memory) => new Fixup(memory, plan, batch, (conv, source) => centredGaussian(conv, deviations.get(conv)!, source)),
  );
}

class Fp32Network implements Network {
  readonly method: Fp32Method;
  readonly plan: Plan;
  readonly batch: number;
  readonly #memory: Memory;
  readonly #input: Input;
  readonly #encoding: InputEncoding;
  readonly #trunk: Trunk;
  readonly #head: Head;
  readonly #weightDecay: number | undefined;
  readonly #centred: boolean | undefined;
  readonly #parameters: readonly Parameter[];
  readonly settle?: (batch: Batch) => void;
  #evaluation: Evaluation | undefined;

  constructor(
    method: Fp32Method,
    { library, plan, batch, seed, weightDecay, centredGradients, input = "half" }: NetworkOptions,
    createNorm: (memory: Memory) => Norm,
  ) {
    this.method = method;
    this.#weightDecay = weightDecay;
    this.#centred = centredGradients;
    this.plan = plan;
    this.batch = batch;
    this.#encoding = input;
    const memory = this.#memory = new Memory(library);
    try {
      const norm = createNorm(memory);
      let stream = 0;
      const source = () => uniformSource(seed, stream++);
      this.#input = new Input(memory, "activations", plan, batch, input);
      this.#trunk = new Trunk(memory, plan, batch, norm, source);
      this.#head = new Head(memory, plan, norm.classifier(plan.classifier, source()));
      if (this.#trunk.statistics.length > 0) this.settle = (batch) => void this.#features(batch);
      this.#parameters = [...this.#trunk.parameters, ...this.#head.parameters, ...norm.parameters];
    } catch (error) {
      memory.close();
      throw error;
    }
  }

  trainStep(batch: Batch, position: Position): BatchMetrics {
    const n = batch.count;
    const features = this.#features(batch);
    const { pixels, head } = this.#input;
    const metrics = this.#head.forward(features, head, n);
    this.#head.backward(features, head, this.#trunk.errors.current, n);
    this.#trunk.backward(pixels, n);
    const update = updateAt(this.method, this.batch, position.rate, this.#encoding, this.#weightDecay, this.#centred);
    for (const parameter of this.#parameters) parameter.update(update);
    return metrics;
  }

  /** What the classifier reads, by the statistics of the batch. */
  #features(batch: Batch): Tensor {
    checkBatch(batch, this.plan, this.batch);
    this.#input.load(batch, 0, batch.count);
    return this.#trunk.forward(this.#input.pixels, batch.count);
  }

  evaluate(batch: Batch): BatchMetrics {
    this.#evaluation ??= new Evaluation(this.#memory, this.plan, this.#encoding);
    return this.#evaluation.run(batch, { trunk: this.#trunk, head: this.#head });
  }

  state(): StateEntry[] {
    return this.#stateTensors().map(entryOf);
  }

  restore(entries: readonly StateEntry[]): void {
    restoreEntries(this.#stateTensors(), entries);
  }

  bytes(): ByteCounts {
    return {
      parameters: this.#memory.bytes("parameters"),
      activations: this.#memory.bytes("activations"),
      optimizer: this.#memory.bytes("optimizer"),
    };
  }

  close(): void {
    this.#memory.close();
  }

  /** What inference needs, then the momentum of what is learnt. */
  #stateTensors(): StateTensor[] {
    const weights = [...this.#parameters, ...this.#trunk.statistics];
    return [
      ...weights.map(({ name, shape, tensor }) => ({ name, shape, tensor, weights: true })),
      ...this.#parameters.map(({ name, shape, velocity: tensor }) => ({
        name: `${name}.momentum`,
        shape,
        tensor,
        weights: false,
      })),
    ];
  }
}
