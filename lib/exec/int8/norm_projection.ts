/**
 * A block's projection with batch norm in int8: norm(conv(u)), without a ReLU,
 * which is behind the sum with the branch.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { UpdateKey } from "./layer.ts";
import type { TrainingNormUnit } from "./norm_unit.ts";
import type { ConvParameters } from "./parameters.ts";
import type { TrainingProjection } from "./projection.ts";
import type { TrainingRoom } from "./training_room.ts";

/** The unit with its way back; in inference the unit itself is the projection. */
export class TrainingNormProjection implements TrainingProjection {
  readonly conv: ConvParameters;
  readonly output: Tensor;
  readonly #room: TrainingRoom;
  readonly #unit: TrainingNormUnit;

  constructor(room: TrainingRoom, unit: TrainingNormUnit) {
    this.conv = unit.conv;
    this.output = unit.output;
    this.#room = room;
    this.#unit = unit;
  }

  forward(count: number, u: Tensor): void {
    this.#unit.forward(count, u);
  }

  /** It lies where that of the branch will. */
  errorOfSums(count: number, error: Tensor, key: UpdateKey): Tensor {
    const { branch } = this.#room.errors;
    this.#unit.backward(count, error, branch, key);
    return branch;
  }
}
