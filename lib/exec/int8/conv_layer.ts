/**
 * A convolution, its bias and ReLU in int8.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import { convElements, type ConvPlan } from "../../plan/plan.ts";
import { convActivate, convActivateBackward, convUpdate } from "./conv.ts";
import type { Layer, ReluAbove, Source, UpdateKey } from "./layer.ts";
import type { ConvParameters, Parameters } from "./parameters.ts";
import type { Room } from "./room.ts";

/** output = relu(conv(source) + bias). */
export class ConvLayer implements Layer {
  readonly output: Tensor;
  readonly relu: ReluAbove | undefined;
  readonly #room: Room;
  readonly #source: Source;
  readonly #scalars: Tensor;
  readonly #bias: number;
  readonly #conv: ConvParameters;

  constructor(room: Room, parameters: Parameters, source: Source, conv: ConvPlan) {
    const { output } = convElements(conv);
    const mask = room.mask(output);
    this.#room = room;
    this.#source = source;
    this.#scalars = parameters.scalars;
    this.#bias = parameters.layout.convs.get(conv)!.output;
    this.#conv = parameters.of(conv);
    this.output = room.activation(output);
    room.release(source.output);
    this.relu = mask && { mask, bias: this.#bias };
  }

  forward(count: number): void {
    const relu = { scalars: this.#scalars, before: this.#bias, behind: -1, mask: this.relu?.mask };
    const { library, sums } = this.#room;
    convActivate(library, this.#conv, count, this.#source.output, relu, sums, this.output);
  }

  backward(count: number, error: Tensor, result: Tensor, key: UpdateKey): void {
    const { library, sums } = this.#room;
    const errors = this.#room.errors!;
    const { output: x, relu: below } = this.#source;
    if (below !== undefined) {
      const relu = { scalars: this.#scalars, before: below.bias, behind: -1, mask: below.mask };
      convActivateBackward(library, this.#conv, count, error, relu, errors.scalars, sums, result);
    }
    convUpdate(library, this.#conv, count, x, error, errors, key);
  }
}
