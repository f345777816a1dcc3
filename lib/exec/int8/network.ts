/**
 * A network trained in int8 from its input to its weights, whatever its layers.
 *
 * @module
 */

import type { Kernels } from "../../native/kernels.ts";
import type { Plan } from "../../plan/plan.ts";
import { checkBatch, unlabelled } from "../batch.ts";
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
  type SharedBatch,
  type StateEntry,
  type TracedStep,
} from "../network.ts";
import { inputOffset } from "../recipe.ts";
import { Arena } from "../../native/memory.ts";
import type { Executable, SlotValues } from "../../native/program.ts";
import { forwardCalls } from "../step_programs.ts";
import { Inference } from "./inference.ts";
import type { MethodLayers } from "./layers.ts";
import { learningRate } from "./learning_rate.ts";
import type { Parameters } from "./parameters.ts";
import { type PassOptions, TrainingPass } from "./pass.ts";
import { Probe } from "./probe.ts";
import { rateSlots } from "./slots.ts";

/** What an int8 method is made of. */
export interface Int8Method {
  readonly method: string;
  readonly parameters: Parameters;
  readonly layers: MethodLayers;
  /** Whether its layers keep running statistics. */
  readonly hasStatistics: boolean;
  /** Exponent of the initial learning rate, for gradients summed over the batch. */
  readonly rateExponent: number;
}

/** A network of an int8 method. */
export class Int8Network implements Network {
  readonly method: string;
  readonly plan: Plan;
  readonly batch: number;
  readonly #library: Kernels;
  readonly #parameters: Parameters;
  readonly #rateExponent: number;
  readonly stepPredicts: boolean;
  readonly #pass: Omit<PassOptions, "batch">;
  readonly #arena: Arena;
  readonly #training: TrainingPass;
  readonly settle?: (batch: Batch, step: number) => void;
  /** Rate of the last step, and what its slots had. */
  #rate: number | undefined;
  #rates: SlotValues = {};
  #inference: Inference | undefined;
  #probe: Probe | undefined;

  constructor(
    { library, plan, batch, part, input = "half", train = "all" }: NetworkOptions,
    method: Int8Method,
  ) {
    this.method = method.method;
    this.plan = plan;
    const own = part ?? batch;
    this.batch = own;
    this.#library = library;
    const { parameters, layers } = method;
    this.#parameters = parameters;
    this.#rateExponent = method.rateExponent;
    const { activationRounding, exponents: policy } = parameters.recipe;
    this.stepPredicts = !method.hasStatistics && activationRounding === "nearest" && policy === "exact";
    this.#pass = { library, plan, parameters, layers, inputOffset: inputOffset(input), train };
    this.#arena = new Arena(library);
    this.#training = new TrainingPass({ ...this.#pass, batch: own, whole: batch, shared: part !== undefined });
    this.#training.place(this.#arena);
    if (method.hasStatistics) this.settle = (batch, step) => this.#settle(batch, step);
    const exponents = this.#training.room.quantizers.exponents;
    if (exponents !== undefined) {
      this.#parameters.add({ name: "exponents", tensor: exponents, shape: [exponents.count], weights: false });
    }
  }

  trainStep(batch: Batch, position: Position): BatchMetrics {
    const { executable, slots, metrics } = this.prepareStep(batch, position);
    executable.run(slots);
    return metrics();
  }

  prepareStep(batch: Batch, position: Position): PreparedStep {
    const training = this.#training, { count } = batch, executable = this.#load(batch);
    return {
      executable,
      slots: this.#slots(position),
      forward: forwardCalls(executable),
      logits: () => training.logits(count),
      metrics: () => training.metrics(count),
    };
  }

  traceStep(batch: Batch, position: Position, shared?: SharedBatch): TracedStep {
    const probe = this.#probe ??= new Probe(this.#library, this.plan);
    const tensors = probe.run(this.#load(batch), this.#slots(position), shared);
    return { metrics: this.#training.metrics(batch.count), tensors };
  }

  #load(batch: Batch): Executable {
    checkBatch(batch, this.plan, this.batch);
    return this.#training.load(batch, 0, batch.count);
  }

  #slots({ step, rate }: Position): SlotValues {
    if (rate !== this.#rate) {
      this.#rates = rateSlots(learningRate(this.#rateExponent, rate), this.#parameters.recipe.scalarRate);
      this.#rate = rate;
    }
    return { step, ...this.#rates, ...this.#training.slots };
  }

  #settle(batch: Batch, step: number): void {
    const executable = this.#load(batch);
    executable.run(this.#slots({ step, rate: FULL_RATE }), 0, forwardCalls(executable));
  }

  evaluate(batch: Batch): BatchMetrics {
    checkBatch(batch, this.plan);
    return this.#inferences.evaluate(batch);
  }

  predict(images: Uint8Array, count: number): Float64Array<ArrayBuffer> {
    return this.#inferences.predict(unlabelled(images, count, this.plan));
  }

  programs(count: number): NetworkPrograms {
    return {
      training: this.#training.program(count),
      inference: [{ program: this.#inferences.program, times: count }],
    };
  }

  /** Made for the first evaluation: training alone needs none. */
  get #inferences(): Inference {
    return this.#inference ??= new Inference(this.#pass, this.#arena);
  }

  state(): StateEntry[] {
    return this.#parameters.state();
  }

  restore(entries: readonly StateEntry[]): void {
    this.#parameters.restore(entries);
  }

  adopt(entries: readonly StateEntry[], keepClassifier: boolean): void {
    this.#parameters.adopt(entries, this.plan.classifier.name, keepClassifier);
  }

  bytes(): ByteCounts {
    return { ...this.#parameters.bytes(), activations: this.#training.byteLength };
  }

  close(): void {
    this.#training.close();
    this.#inference?.close();
    this.#arena.close();
    this.#parameters.close();
    this.#probe?.close();
  }
}
