/**
 * A convolution, batch norm and ReLU as a layer of an int8 network.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { ConvPlan } from "../../plan/plan.ts";
import { convActivateBackward, convUpdate } from "./conv.ts";
import type { Layer, ReluAbove, Source, TrainingLayer, TrainingSource, UpdateKey } from "./layer.ts";
import { InferenceNormUnit, type NormUnit, TrainingReluUnit } from "./norm_unit.ts";
import type { Parameters } from "./parameters.ts";
import type { InferenceRoom, Room } from "./room.ts";
import type { TrainingRoom } from "./training_room.ts";

/** output = relu(norm(conv(source))). */
class NormLayer<U extends NormUnit> implements Layer {
  readonly output: Tensor;
  protected readonly unit: U;
  readonly #source: Source;

  constructor(room: Room, source: Source, unit: U) {
    room.release(source.output);
    this.output = unit.output;
    this.unit = unit;
    this.#source = source;
  }

  forward(count: number): void {
    this.unit.forward(count, this.#source.output);
  }
}

/** By the running statistics. */
export class InferenceNormLayer extends NormLayer<InferenceNormUnit> {
  constructor(room: InferenceRoom, parameters: Parameters, source: Source, conv: ConvPlan) {
    super(room, source, new InferenceNormUnit(room, parameters, conv, true));
  }
}

/** By the statistics of the batch, with the way back. */
export class TrainingNormLayer extends NormLayer<TrainingReluUnit> implements TrainingLayer {
  readonly relu: ReluAbove;
  readonly #room: TrainingRoom;
  readonly #source: TrainingSource;
  readonly #scalars: Tensor;

  constructor(room: TrainingRoom, parameters: Parameters, source: TrainingSource, conv: ConvPlan) {
    super(room, source, new TrainingReluUnit(room, parameters, conv));
    this.relu = { mask: this.unit.mask, bias: -1 };
    this.#room = room;
    this.#source = source;
    this.#scalars = parameters.scalars;
  }

  backward(count: number, error: Tensor, result: Tensor, key: UpdateKey): void {
    const { library, sums, errors } = this.#room;
    const { branch } = errors;
    const { output: x, relu: below } = this.#source;
    this.unit.backward(count, error, branch, key);
    if (below !== undefined) {
      const relu = { scalars: this.#scalars, before: below.bias, behind: -1, mask: below.mask };
      convActivateBackward(library, this.unit.conv, count, branch, relu, errors.scalars, sums, result);
    }
    convUpdate(library, this.unit.conv, count, x, branch, errors, key);
  }
}
