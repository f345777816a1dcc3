/**
 * The baselines: post-activation residual networks in fp32, with batch norm
 * or without (Fixup).
 *
 * @module
 */

import type { Executable, SlotValues } from "../../native/program.ts";
import type { Plan } from "../../plan/plan.ts";
import { checkBatch } from "../batch.ts";
import { fixupDeviations } from "../fixup.ts";
import {
  type Batch,
  type BatchMetrics,
  type ByteCounts,
  FULL_RATE,
  type Network,
  type NetworkOptions,
  type NetworkPrograms,
  type Position,
  type PreparedStep,
  type StateEntry,
} from "../network.ts";
import { EOQ_RECIPE, type InputEncoding } from "../recipe.ts";
import { entryOf, restoreEntries, type StateTensor, weightsOf } from "../state.ts";
import { forwardCalls, type StepKey, type StepPrograms } from "../step_programs.ts";
import { BatchNorm } from "./batch_norm.ts";
import { Evaluation } from "./evaluation.ts";
import { Fixup } from "./fixup.ts";
import { Head } from "./head.ts";
import { Input } from "./input.ts";
import type { Norm } from "./layer.ts";
import { Memory, type Parameter, Scratch } from "./memory.ts";
import { BLANK, centredGaussian, uniformSource } from "./random.ts";
import { type Fp32Method, rateSlots, type Update, updateAt } from "./recipe.ts";
import { Trunk } from "./trunk.ts";

/** Makes an initialised `bn-fp32` network. @throws {RunError} when memory is short. */
export function createBatchNormNetwork(options: NetworkOptions): Network {
  const { batch, part = batch, runningStatistics } = options;
  return new Fp32Network("bn-fp32", options, (memory) => new BatchNorm(memory, part, runningStatistics));
}

/** Makes an initialised `fixup-fp32` network, which starts as eoq does. @throws {RunError} when memory is short. */
export function createFixupNetwork(options: NetworkOptions): Network {
  const { plan, batch, part = batch } = options, deviations = fixupDeviations(plan, EOQ_RECIPE);
  return new Fp32Network(
    "fixup-fp32",
    options,
    (memory) => new Fixup(memory, plan, part, (conv, source) => centredGaussian(conv, deviations.get(conv)!, source)),
  );
}

class Fp32Network implements Network {
  readonly method: Fp32Method;
  readonly plan: Plan;
  readonly batch: number;
  readonly #memory: Memory;
  readonly #input: Input;
  readonly #encoding: InputEncoding;
  readonly #norm: Norm;
  readonly #trunk: Trunk;
  readonly #head: Head;
  /** The gradients on the way back. */
  readonly #scratch: Scratch;
  readonly #updateAt: (rate: number) => Update;
  readonly #parameters: readonly Parameter[];
  /** Those that a step updates. */
  readonly #trained: readonly Parameter[];
  readonly #programs: StepPrograms;
  readonly settle?: (batch: Batch) => void;
  /** Rate of the last step, and what its slots had. */
  #rate: number | undefined;
  #rates: SlotValues = {};
  #evaluation: Evaluation | undefined;

  constructor(
    method: Fp32Method,
    options: NetworkOptions,
    createNorm: (memory: Memory) => Norm,
  ) {
    const { library, plan, batch, part = batch, seed, weightDecay, input = "half", train = "all" } = options;
    const { centredGradients: centred, nesterov, runningStatistics = false, blank = false } = options;
    this.method = method;
    this.#updateAt = (rate) => updateAt(method, batch, rate, input, { weightDecay, centred, nesterov });
    this.plan = plan;
    this.batch = part;
    this.#encoding = input;
    const memory = this.#memory = new Memory(library);
    try {
      const norm = this.#norm = createNorm(memory);
      let stream = 0;
      const source = () => blank ? BLANK : uniformSource(seed, stream++);
      this.#input = new Input(memory, "activations", plan, part, input);
      this.#trunk = new Trunk(memory, plan, part, norm, source, train);
      this.#head = new Head(memory, plan, norm.classifier(plan.classifier, source()));
      const others = [...this.#head.parameters, ...norm.parameters];
      this.#parameters = [...this.#trunk.parameters, ...others];
      this.#trained = [...this.#trunk.trained, ...others];
      this.#scratch = new Scratch(memory, part);
      this.#programs = memory.programs(part, (key) => this.#step(key));
      if (this.#trunk.statistics.length > 0 && !runningStatistics) this.settle = (batch) => this.#settle(batch);
    } catch (error) {
      memory.close();
      throw error;
    }
  }

  /** Makes the calls of a step. */
  #step(key: StepKey): void {
    const { count } = key, { pixels, head } = this.#input;
    this.#input.forward(count);
    const scratch = this.#scratch, features = this.#trunk.forward(pixels, scratch, count);
    this.#head.forward(features, head, key);
    const gradient = this.#trunk.isFrozen ? undefined : scratch.like(features);
    this.#head.backward(features, head, gradient, count);
    if (gradient !== undefined) this.#trunk.backward(gradient, scratch, count);
    const update = this.#updateAt(FULL_RATE);
    for (const parameter of this.#trained) parameter.update(update);
  }

  trainStep(batch: Batch, position: Position): BatchMetrics {
    const { executable, slots, metrics } = this.prepareStep(batch, position);
    executable.run(slots);
    return metrics();
  }

  prepareStep(batch: Batch, { rate }: Position): PreparedStep {
    const { count } = batch, executable = this.#load(batch), head = this.#head, { head: activations } = this.#input;
    return {
      executable,
      slots: this.#slots(rate),
      forward: forwardCalls(executable),
      logits: () => head.logits(activations, count),
      metrics: () => head.metrics(count),
    };
  }

  #settle(batch: Batch): void {
    const executable = this.#load(batch);
    executable.run(this.#slots(FULL_RATE), 0, forwardCalls(executable));
  }

  /** Copies a batch in; returns the program of its step. */
  #load(batch: Batch): Executable {
    const { count } = batch;
    checkBatch(batch, this.plan, this.batch);
    this.#input.load(batch, 0, count);
    return this.#programs.of({ count, mixed: this.#input.head.targets.mixed });
  }

  #slots(rate: number): SlotValues {
    if (rate !== this.#rate) {
      this.#rates = rateSlots(this.#updateAt(rate));
      this.#rate = rate;
    }
    return { ...this.#rates, ...this.#input.head.targets.slots };
  }

  evaluate(batch: Batch): BatchMetrics {
    return this.#inference.run(batch);
  }

  predict(images: Uint8Array, count: number): Float64Array<ArrayBuffer> {
    return this.#inference.predict(images, count);
  }

  get stepPredicts(): boolean {
    return this.settle === undefined;
  }

  get #inference(): Evaluation {
    const layers = { trunk: this.#trunk, head: this.#head };
    return this.#evaluation ??= new Evaluation(this.#memory, this.plan, this.#encoding, layers);
  }

  programs(count: number): NetworkPrograms {
    return {
      training: this.#programs.record({ count, mixed: false }),
      inference: this.#inference.programs(count),
    };
  }

  state(): StateEntry[] {
    return this.#stateTensors().map(entryOf);
  }

  restore(entries: readonly StateEntry[]): void {
    restoreEntries(this.#stateTensors(), entries);
    this.#norm.restored?.();
  }

  adopt(entries: readonly StateEntry[], keepClassifier: boolean): void {
    const weights = <T extends { readonly name: string; readonly weights: boolean }>(all: readonly T[]) =>
      weightsOf(all, this.plan.classifier.name, keepClassifier);
    restoreEntries(weights(this.#stateTensors()), weights(entries));
    this.#norm.restored?.();
  }

  bytes(): ByteCounts {
    return {
      parameters: this.#memory.bytes("parameters"),
      activations: this.#memory.bytes("activations") + this.#programs.bytes,
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
      ...this.#trained.map(({ name, shape, velocity: tensor }) => ({
        name: `${name}.momentum`,
        shape,
        tensor,
        weights: false,
      })),
    ];
  }
}
