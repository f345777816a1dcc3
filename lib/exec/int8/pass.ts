/**
 * An int8 network's layers with their activations for batches of up to a size:
 * one for training, one for inference, over the same parameters.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { Batch, BatchMetrics } from "../network.ts";
import { Head, TrainingHead } from "./head.ts";
import { Input } from "./input.ts";
import type { Layer, TrainingLayer, UpdateKey } from "./layer.ts";
import type { MethodLayers } from "./layers.ts";
import type { Parameters } from "./parameters.ts";
import { InferenceRoom, type RoomOptions } from "./room.ts";
import { TrainingRoom } from "./training_room.ts";

/** What a pass is made of. */
export interface PassOptions extends Omit<RoomOptions, "recipe"> {
  readonly parameters: Parameters;
  readonly layers: MethodLayers;
  /** What is taken off a byte, see `inputOffset`. */
  readonly inputOffset: number;
}

/** Forward through a network. */
class Pass<L extends Layer, H extends Head> {
  protected readonly layers: readonly L[];
  protected readonly head: H;
  readonly #input: Input;

  constructor(input: Input, layers: readonly L[], head: H) {
    this.#input = input;
    this.layers = layers;
    this.head = head;
  }

  /** The loss of a batch. */
  forward(batch: Batch): BatchMetrics {
    const { count, images } = batch;
    this.#input.load(count, images);
    for (const layer of this.layers) layer.forward(count);
    return this.head.forward(batch);
  }
}

/** A pass of inference. */
export class InferencePass extends Pass<Layer, Head> {
  readonly room: InferenceRoom;

  /** @param sums an int32 tensor that is free whenever the pass runs */
  constructor(options: PassOptions, sums?: Tensor) {
    const { plan, parameters, inputOffset } = options;
    const room = new InferenceRoom({ ...options, recipe: parameters.recipe }, sums);
    const input = new Input(room, plan, inputOffset);
    const { layers, last } = options.layers.inference(room, parameters, input, plan);
    super(input, layers, new Head(room, parameters, last, plan));
    this.room = room;
  }
}

/** A pass of training, forward and backward. */
export class TrainingPass extends Pass<TrainingLayer, TrainingHead> {
  readonly room: TrainingRoom;

  constructor(options: PassOptions) {
    const { plan, parameters, inputOffset } = options;
    const { biases, scales } = parameters.layout;
    const room = new TrainingRoom({ ...options, recipe: parameters.recipe }, biases + scales);
    const input = new Input(room, plan, inputOffset);
    const { layers, last } = options.layers.training(room, parameters, input, plan);
    super(input, layers, new TrainingHead(room, parameters, last, plan));
    this.room = room;
  }

  /** Updates the weights from the last batch, and sets the gradients of the scalars. */
  backward(count: number, key: UpdateKey): void {
    let { current: error, next: result } = this.room.errors;
    this.head.backward(count, error, key);
    for (const layer of this.layers.toReversed()) {
      layer.backward(count, error, result, key);
      [error, result] = [result, error];
    }
  }
}
