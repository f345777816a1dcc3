/**
 * A network trained in int8 from its input to its weights, whatever its layers.
 *
 * @module
 */

import { RunError } from "../../errors.ts";
import type { Kernels } from "../../native/kernels.ts";
import type { Plan } from "../../plan/plan.ts";
import {
  type Batch,
  type BatchMetrics,
  type ByteCounts,
  EVALUATION_BATCH,
  type Network,
  type NetworkOptions,
  type Position,
  type StateEntry,
  type TracedStep,
} from "../network.ts";
import { inputOffset } from "../recipe.ts";
import type { UpdateKey } from "./layer.ts";
import type { MethodLayers } from "./layers.ts";
import { learningRate, scalarLearningRate } from "./learning_rate.ts";
import type { Parameters } from "./parameters.ts";
import { InferencePass, type PassOptions, TrainingPass } from "./pass.ts";
import { Probe } from "./probe.ts";

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
  readonly #seed: number;
  readonly #parameters: Parameters;
  readonly #rateExponent: number;
  readonly #pass: Omit<PassOptions, "batch">;
  readonly #training: TrainingPass;
  readonly settle?: (batch: Batch, step: number) => void;
  #inference: InferencePass | undefined;
  #probe: Probe | undefined;

  constructor({ library, plan, batch, seed, input = "half" }: NetworkOptions, method: Int8Method) {
    this.method = method.method;
    this.plan = plan;
    this.batch = batch;
    this.#library = library;
    this.#seed = seed;
    const { parameters, layers } = method;
    this.#parameters = parameters;
    this.#rateExponent = method.rateExponent;
    this.#pass = { library, plan, parameters, layers, inputOffset: inputOffset(input) };
    this.#training = new TrainingPass({ ...this.#pass, batch });
    if (method.hasStatistics) this.settle = (batch, step) => void this.#forward(batch, step);
    const exponents = this.#training.room.quantizers.exponents;
    if (exponents !== undefined) {
      this.#parameters.add({ name: "exponents", tensor: exponents, shape: [exponents.count], weights: false });
    }
  }

  trainStep(batch: Batch, position: Position): BatchMetrics {
    return this.#step(batch, position, undefined);
  }

  traceStep(batch: Batch, position: Position): TracedStep {
    const probe = this.#probe ??= new Probe(this.#library, this.#training.room.errors.gradients);
    const metrics = this.#step(batch, position, probe);
    return { metrics, tensors: probe.take() };
  }

  #step(batch: Batch, position: Position, probe: Probe | undefined): BatchMetrics {
    const metrics = this.#forward(batch, position.step);
    const key = {
      rate: learningRate(this.#rateExponent, position.rate),
      seed: this.#seed,
      step: position.step,
      probe,
    };
    this.#training.backward(batch.count, key);
    this.#updateScalars(key);
    return metrics;
  }

  #forward(batch: Batch, step: number): BatchMetrics {
    if (batch.count > this.batch) throw new RunError(`a batch of ${batch.count} images passes ${this.batch}`);
    this.#training.room.quantizers.start(this.#seed, step);
    return this.#training.forward(batch);
  }

  evaluate(batch: Batch): BatchMetrics {
    if (batch.count > EVALUATION_BATCH) {
      throw new RunError(`a batch of ${batch.count} images passes ${EVALUATION_BATCH}`);
    }
    this.#inference ??= new InferencePass({ ...this.#pass, batch: EVALUATION_BATCH }, this.#training.room.sums);
    return this.#inference.forward(batch);
  }

  state(): StateEntry[] {
    return this.#parameters.state();
  }

  restore(entries: readonly StateEntry[]): void {
    this.#parameters.restore(entries);
  }

  bytes(): ByteCounts {
    return { ...this.#parameters.bytes(), activations: this.#training.room.byteLength };
  }

  close(): void {
    this.#parameters.close();
    this.#training.room.close();
    this.#inference?.room.close();
    this.#probe?.close();
  }

  #updateScalars(key: UpdateKey): void {
    const { scalars, scalarMomentum, scalarStream, layout, recipe } = this.#parameters;
    const gradients = this.#training.room.errors.scalars;
    if (!recipe.fixupBiases) gradients.clear(0, 2 * layout.classifier);
    if (!recipe.fixupScales) gradients.clear(2 * layout.biases, gradients.count);
    const rate = scalarLearningRate(key.rate, recipe.scalarRate);
    this.#library.check(this.#library.symbols.eoq_int8_update_scalars(
      scalars.handle,
      scalarMomentum.handle,
      gradients.handle,
      rate.mantissa,
      rate.exponent,
      layout.biases,
      layout.scales,
      key.seed,
      key.step,
      scalarStream,
    ));
  }
}
