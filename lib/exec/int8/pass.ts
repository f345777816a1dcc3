/**
 * An int8 network's layers with their activations for batches of up to a size:
 * one for training, one for inference, over the same parameters.
 *
 * @module
 */

import type { Kernels } from "../../native/kernels.ts";
import type { Tensor } from "../../native/tensor.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Batch, BatchMetrics } from "../network.ts";
import type { UpdateKey } from "./layer.ts";
import { Head } from "./head.ts";
import { Input } from "./input.ts";
import type { Layer, Source } from "./layer.ts";
import type { Parameters } from "./parameters.ts";
import { Room } from "./room.ts";

/** What a pass is made of. */
export interface PassOptions {
  readonly library: Kernels;
  readonly plan: Plan;
  readonly parameters: Parameters;
  readonly batch: number;
  readonly training: boolean;
  readonly inputOffset: number;
  /** An int32 tensor that is free whenever the pass runs. */
  readonly sums?: Tensor;
  /** Makes the layers between the input and the head. */
  readonly layers: (room: Room, input: Source) => readonly Layer[];
}

/** Forward and backward through a network. */
export class Pass {
  readonly room: Room;
  readonly #input: Input;
  readonly #layers: readonly Layer[];
  readonly #head: Head;

  constructor({ library, plan, parameters, batch, training, inputOffset, layers, sums }: PassOptions) {
    const { biases, scales } = parameters.layout;
    this.room = new Room(library, plan, batch, training ? biases + scales : undefined, parameters.recipe, sums);
    this.#input = new Input(this.room, plan, inputOffset);
    this.#layers = layers(this.room, this.#input);
    this.#head = new Head(this.room, parameters, this.#layers.at(-1)!, plan);
  }

  /** The loss of a batch. */
  forward(batch: Batch): BatchMetrics {
    const { count, images } = batch;
    this.#input.load(count, images);
    for (const layer of this.#layers) layer.forward(count);
    return this.#head.forward(batch);
  }

  /** Updates the weights from the last batch, and sets the gradients of the scalars. */
  backward(count: number, key: UpdateKey): void {
    let { current: error, next: result } = this.room.errors!;
    this.#head.backward(count, error, key);
    for (const layer of this.#layers.toReversed()) {
      layer.backward(count, error, result, key);
      [error, result] = [result, error];
    }
  }
}
