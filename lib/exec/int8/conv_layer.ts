/**
 * A convolution, its bias and ReLU in int8.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import { convElements, type ConvPlan } from "../../plan/plan.ts";
import { convActivate, convActivateBackward, convUpdate, type ReluBehind } from "./conv.ts";
import type { Layer, ReluAbove, Source, TrainingLayer, TrainingSource, UpdateKey } from "./layer.ts";
import type { ConvParameters, Parameters } from "./parameters.ts";
import type { Mask, Room } from "./room.ts";
import type { TrainingRoom } from "./training_room.ts";

/** output = relu(conv(source) + bias). */
export class ConvLayer<M extends Mask> implements Layer {
  readonly output: Tensor;
  protected readonly behind: ReluBehind<M>;
  protected readonly conv: ConvParameters;
  readonly #room: Room;
  readonly #source: Source;

  constructor(room: Room<M>, parameters: Parameters, source: Source, conv: ConvPlan) {
    const { output } = convElements(conv);
    const before = parameters.biasesOf(conv).output;
    this.#room = room;
    this.#source = source;
    this.behind = { scalars: parameters.scalars, before, behind: -1, mask: room.mask(output) };
    this.conv = parameters.of(conv);
    this.output = room.activation(output);
    room.release(source.output);
  }

  forward(count: number): void {
    const { library, sums } = this.#room;
    convActivate(library, this.conv, count, this.#source.output, this.behind, sums, this.output);
  }
}

/** The same with the way back. */
export class TrainingConvLayer extends ConvLayer<Tensor> implements TrainingLayer {
  readonly relu: ReluAbove;
  readonly #room: TrainingRoom;
  readonly #source: TrainingSource;
  readonly #scalars: Tensor;

  constructor(room: TrainingRoom, parameters: Parameters, source: TrainingSource, conv: ConvPlan) {
    super(room, parameters, source, conv);
    this.#room = room;
    this.#source = source;
    this.#scalars = parameters.scalars;
    this.relu = { mask: this.behind.mask, bias: this.behind.before };
  }

  backward(count: number, error: Tensor, result: Tensor, key: UpdateKey): void {
    const { library, sums, errors } = this.#room;
    const { output: x, relu: below } = this.#source;
    if (below !== undefined) {
      const relu = { scalars: this.#scalars, before: below.bias, behind: -1, mask: below.mask };
      convActivateBackward(library, this.conv, count, error, relu, errors.scalars, sums, result);
    }
    convUpdate(library, this.conv, count, x, error, errors, key);
  }
}
