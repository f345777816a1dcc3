/**
 * A network trained in int8 from its input to its weights, whatever its layers.
 *
 * @module
 */

import type { Kernels } from "../../native/kernels.ts";
import type { Plan } from "../../plan/plan.ts";
import { checkBatch } from "../batch.ts";
import {
  type Batch,
  type BatchMetrics,
  type ByteCounts,
  EVALUATION_BATCH,
  FULL_RATE,
  type Network,
  type NetworkOptions,
  type NetworkPrograms,
  type Position,
  type PreparedStep,
  type StateEntry,
  type TracedStep,
} from "../network.ts";
import { inputOffset } from "../recipe.ts";
import { Arena } from "../../native/memory.ts";
import type { Executable, SlotValues } from "../../native/program.ts";
import type { MethodLayers } from "./layers.ts";
import { learningRate } from "./learning_rate.ts";
import type { Parameters } from "./parameters.ts";
import { InferencePass, type PassOptions, TrainingPass } from "./pass.ts";
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
  readonly #pass: Omit<PassOptions, "batch">;
  readonly #arena: Arena;
  readonly #training: TrainingPass;
  readonly settle?: (batch: Batch, step: number) => void;
  /** Rate of the last step, and what its slots had. */
  #rate: number | undefined;
  #rates: SlotValues = {};
  #inference: InferencePass | undefined;
  #probe: Probe | undefined;

  constructor({ library, plan, batch, input = "half", train = "all" }: NetworkOptions, method: Int8Method) {
    this.method = method.method;
    this.plan = plan;
    this.batch = batch;
    this.#library = library;
    const { parameters, layers } = method;
    this.#parameters = parameters;
    this.#rateExponent = method.rateExponent;
    this.#pass = { library, plan, parameters, layers, inputOffset: inputOffset(input), train };
    this.#arena = new Arena(library);
    this.#training = new TrainingPass({ ...this.#pass, batch });
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
    const executable = this.#load(batch), metrics = () => this.#training.metrics(batch.count);
    return { executable, slots: this.#slots(position), metrics };
  }

  traceStep(batch: Batch, position: Position): TracedStep {
    const probe = this.#probe ??= new Probe(this.#library, this.plan);
    const tensors = probe.run(this.#load(batch), this.#slots(position));
    return { metrics: this.#training.metrics(batch.count), tensors };
  }

  #load(batch: Batch): Executable {
    checkBatch(batch, this.plan, this.batch);
    return this.#training.load(batch);
  }

  #slots({ step, rate }: Position): SlotValues {
    if (rate !== this.#rate) {
      this.#rates = rateSlots(learningRate(this.#rateExponent, rate), this.#parameters.recipe.scalarRate);
      this.#rate = rate;
    }
    return { step, ...this.#rates, ...this.#training.slots };
  }

  /** The calls of a step up to its last one forward. */
  #settle(batch: Batch, step: number): void {
    const executable = this.#load(batch);
    const last = executable.program.calls.findLastIndex(({ phase }) => phase === "forward");
    executable.run(this.#slots({ step, rate: FULL_RATE }), 0, last + 1);
  }

  evaluate(batch: Batch): BatchMetrics {
    checkBatch(batch, this.plan, EVALUATION_BATCH);
    const inference = this.#inferencePass;
    inference.load(batch).run(inference.slots);
    return inference.metrics(batch.count);
  }

  programs(count: number): NetworkPrograms {
    return {
      training: this.#training.program(count),
      inference: [{ program: this.#inferencePass.program(count), times: 1 }],
    };
  }

  /** Made for the first evaluation: training alone needs no room for so large a batch. */
  get #inferencePass(): InferencePass {
    if (this.#inference !== undefined) return this.#inference;
    const created = new InferencePass({ ...this.#pass, batch: EVALUATION_BATCH });
    created.place(this.#arena);
    return this.#inference = created;
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
