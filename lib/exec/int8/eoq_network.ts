/**
 * EOQ: a residual network without batch norm, trained in int8 from its input
 * to its weights (arXiv 2105.13890).
 *
 * @module
 */

import { RunError, UserError } from "../../errors.ts";
import type { Library } from "../../native/library.ts";
import type { Tensor } from "../../native/tensor.ts";
import type { Plan } from "../../plan/plan.ts";
import { type ResidualNetwork, residualNetwork } from "../../plan/residual.ts";
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
import { EOQ_RECIPE, inputOffset } from "../recipe.ts";
import { Activations } from "./activations.ts";
import { blockBackward, blockForward } from "./block.ts";
import { convActivate, convBackwardData, convForward, convUpdate, type UpdateKey } from "./conv.ts";
import { learningRate, scalarLearningRate } from "./learning_rate.ts";
import { Parameters } from "./parameters.ts";

/** Fraction bits of the reciprocal that makes the pool's sum a mean. */
const RECIPROCAL_BITS = 22;
/** Fraction bits of the loss that the kernels report, in nats. */
const LOSS_BITS = 16;

class EoqNetwork implements Network {
  readonly method = "eoq";
  readonly plan: Plan;
  readonly batch: number;
  readonly #library: Library;
  readonly #seed: number;
  readonly #parameters: Parameters;
  readonly #training: Activations;
  readonly #layers: ResidualNetwork;
  readonly #reciprocal: number;
  readonly #inputOffset: number;
  #inference: Activations | undefined;

  constructor({ library, plan, batch, seed, weightDecay, recipe, input = "half" }: NetworkOptions) {
    if (weightDecay) throw new UserError("weight decay: eoq has none, its weights are bounded by their range");
    this.plan = plan;
    this.batch = batch;
    this.#layers = residualNetwork(plan);
    this.#library = library;
    this.#seed = seed;
    this.#parameters = new Parameters(library, plan, seed, { ...EOQ_RECIPE, ...recipe });
    this.#inputOffset = inputOffset(input);
    const { biases, scales } = this.#parameters.layout;
    this.#training = new Activations(library, plan, batch, true, biases + scales);
    this.#reciprocal = Math.round(2 ** RECIPROCAL_BITS / this.#layers.pooledPixels);
  }

  trainStep(batch: Batch, position: Position): BatchMetrics {
    if (batch.count > this.batch) throw new RunError(`a batch of ${batch.count} images passes ${this.batch}`);
    const activations = this.#training;
    const errors = activations.errors!;
    this.#forward(batch, activations);
    const metrics = this.#loss(batch.count, activations, errors.branch, errors.scalars.handle);
    this.#backward(batch.count, activations, {
      rate: learningRate(this.batch, position.rate),
      seed: this.#seed,
      step: position.step,
    });
    return metrics;
  }

  evaluate(batch: Batch): BatchMetrics {
    if (batch.count > EVALUATION_BATCH) {
      throw new RunError(`a batch of ${batch.count} images passes ${EVALUATION_BATCH}`);
    }
    this.#inference ??= new Activations(this.#library, this.plan, EVALUATION_BATCH, false, 0);
    this.#forward(batch, this.#inference);
    return this.#loss(batch.count, this.#inference, undefined, 0);
  }

  state(): StateEntry[] {
    return this.#parameters.state();
  }

  restore(entries: readonly StateEntry[]): void {
    this.#parameters.restore(entries);
  }

  bytes(): ByteCounts {
    return { ...this.#parameters.bytes(), activations: this.#training.byteLength };
  }

  close(): void {
    this.#parameters.close();
    this.#training.close();
    this.#inference?.close();
  }

  #forward(batch: Batch, activations: Activations): void {
    const library = this.#library;
    const { symbols } = library;
    const { count } = batch;
    const { scalars, layout, stem, classifier } = this.#parameters;
    const inputs = count * this.plan.height * this.plan.width * this.plan.channels;
    activations.images.write(batch.images.subarray(0, inputs) as Uint8Array<ArrayBuffer>);
    activations.labels.write(batch.labels.subarray(0, count) as Int16Array<ArrayBuffer>);
    library.check(
      symbols.eoq_int8_input(activations.images.handle, inputs, this.#inputOffset, activations.input.handle),
    );
    const relu = { scalars, before: layout.stem, behind: -1, mask: activations.stemMask };
    convActivate(library, stem, count, activations.input, relu, activations.sums, activations.stem);
    let x: Tensor = activations.stem;
    this.#layers.blocks.forEach((block, i) => {
      x = blockForward(library, block, i, this.#parameters, activations, count, x);
    });
    library.check(symbols.eoq_int8_pool(
      x.handle,
      count,
      this.#layers.pooledPixels,
      this.plan.classifier.inputs,
      this.#reciprocal,
      scalars.handle,
      layout.pool,
      activations.poolSums.handle,
      activations.pooled.handle,
    ));
    convForward(library, classifier, count, activations.pooled, activations.sums, {
      scalars,
      index: layout.classifier,
      count: this.plan.classes,
    });
  }

  #loss(count: number, activations: Activations, error: Tensor | undefined, gradients: number): BatchMetrics {
    this.#library.check(this.#library.symbols.eoq_int8_loss(
      activations.sums.handle,
      activations.labels.handle,
      count,
      this.plan.classes,
      gradients,
      this.#parameters.layout.classifier,
      error?.handle ?? 0,
      activations.metrics.handle,
    ));
    const [loss, correct] = activations.metrics.read(new BigInt64Array(2));
    return { lossSum: Number(loss) / 2 ** LOSS_BITS, correct: Number(correct), count };
  }

  #backward(count: number, activations: Activations, key: UpdateKey): void {
    const library = this.#library;
    const { symbols } = library;
    const parameters = this.#parameters;
    const { layout, stem, classifier } = parameters;
    const errors = activations.errors!;
    const { blocks } = this.#layers;
    convBackwardData(library, classifier, count, errors.branch, activations.sums);
    convUpdate(library, classifier, count, activations.pooled, errors.branch, errors, key);
    let error = errors.current;
    let next = errors.next;
    library.check(symbols.eoq_int8_pool_backward(
      activations.sums.handle,
      count,
      this.#layers.pooledPixels,
      this.plan.classifier.inputs,
      this.#reciprocal,
      (activations.blocks.at(-1)?.mask2 ?? activations.stemMask)!.handle,
      errors.scalars.handle,
      layout.pool,
      error.handle,
    ));
    for (let i = blocks.length - 1; i >= 0; i--) {
      const below = i > 0
        ? { mask: activations.blocks[i - 1]!.mask2!, bias: -1 }
        : { mask: activations.stemMask!, bias: layout.stem };
      blockBackward(library, blocks[i]!, i, parameters, activations, errors, count, error, next, below, key);
      [error, next] = [next, error];
    }
    convUpdate(library, stem, count, activations.input, error, errors, key);
    const rate = scalarLearningRate(key.rate);
    library.check(symbols.eoq_int8_update_scalars(
      parameters.scalars.handle,
      parameters.scalarMomentum.handle,
      errors.scalars.handle,
      layout.biases,
      layout.scales,
      rate.mantissa,
      rate.exponent,
      key.seed,
      key.step,
      parameters.scalarStream,
    ));
  }
}

/** Makes an EOQ network with Fixup's initial weights. @throws {RunError} when memory is short. */
export function createEoqNetwork(options: NetworkOptions): Network {
  return new EoqNetwork(options);
}
