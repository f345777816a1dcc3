/**
 * EOQ: a network without batch norm, trained in int8 from its input to its
 * weights (arXiv 2105.13890).
 *
 * @module
 */

import { RunError, UserError } from "../../errors.ts";
import type { Library } from "../../native/library.ts";
import type { Plan } from "../../plan/plan.ts";
import type { NetworkOptions } from "../methods.ts";
import {
  type Batch,
  type BatchMetrics,
  type ByteCounts,
  EVALUATION_BATCH,
  type Network,
  type Position,
  type StateEntry,
} from "../network.ts";
import { EOQ_RECIPE, type InputEncoding, inputOffset } from "../recipe.ts";
import type { UpdateKey } from "./conv.ts";
import { checkPlan, eoqLayers } from "./layers.ts";
import { learningRate, scalarLearningRate } from "./learning_rate.ts";
import { Parameters } from "./parameters.ts";
import { Pass } from "./pass.ts";

class EoqNetwork implements Network {
  readonly method = "eoq";
  readonly plan: Plan;
  readonly batch: number;
  readonly #library: Library;
  readonly #seed: number;
  readonly #parameters: Parameters;
  readonly #input: InputEncoding;
  readonly #training: Pass;
  #inference: Pass | undefined;

  constructor({ library, plan, batch, seed, weightDecay, recipe, input = "half" }: NetworkOptions) {
    if (weightDecay) throw new UserError("weight decay: eoq has none, its weights are bounded by their range");
    checkPlan(plan);
    this.plan = plan;
    this.batch = batch;
    this.#library = library;
    this.#seed = seed;
    this.#parameters = new Parameters(library, plan, seed, { ...EOQ_RECIPE, ...recipe });
    this.#input = input;
    this.#training = this.#pass(batch, true);
  }

  trainStep(batch: Batch, position: Position): BatchMetrics {
    if (batch.count > this.batch) throw new RunError(`a batch of ${batch.count} images passes ${this.batch}`);
    const metrics = this.#training.forward(batch);
    const key = {
      rate: learningRate(this.batch, position.rate, this.#input),
      seed: this.#seed,
      step: position.step,
    };
    this.#training.backward(batch.count, key);
    this.#updateScalars(key);
    return metrics;
  }

  evaluate(batch: Batch): BatchMetrics {
    if (batch.count > EVALUATION_BATCH) {
      throw new RunError(`a batch of ${batch.count} images passes ${EVALUATION_BATCH}`);
    }
    this.#inference ??= this.#pass(EVALUATION_BATCH, false);
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
  }

  #pass(batch: number, training: boolean): Pass {
    const { plan } = this;
    const parameters = this.#parameters;
    return new Pass({
      library: this.#library,
      plan,
      parameters,
      batch,
      training,
      inputOffset: inputOffset(this.#input),
      layers: (room, input) => eoqLayers(room, parameters, input, plan),
    });
  }

  #updateScalars(key: UpdateKey): void {
    const { scalars, scalarMomentum, scalarStream, layout } = this.#parameters;
    const rate = scalarLearningRate(key.rate);
    this.#library.check(this.#library.symbols.eoq_int8_update_scalars(
      scalars.handle,
      scalarMomentum.handle,
      this.#training.room.errors!.scalars.handle,
      layout.biases,
      layout.scales,
      rate.mantissa,
      rate.exponent,
      key.seed,
      key.step,
      scalarStream,
    ));
  }
}

/** Makes an EOQ network with its initial weights. @throws {UserError} naming a layer that it cannot run. @throws {RunError} when memory is short. */
export function createEoqNetwork(options: NetworkOptions): Network {
  return new EoqNetwork(options);
}
