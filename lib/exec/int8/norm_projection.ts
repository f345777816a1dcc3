/**
 * A block's projection with batch norm in int8.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { ConvPlan } from "../../plan/plan.ts";
import type { UpdateKey } from "./layer.ts";
import { NormUnit } from "./norm_unit.ts";
import type { ConvParameters, Parameters } from "./parameters.ts";
import type { Projection } from "./projection.ts";
import type { Room } from "./room.ts";

/** output = norm(conv(u)), without a ReLU: that is behind the sum with the branch. */
export class NormProjection implements Projection {
  readonly conv: ConvParameters;
  readonly output: Tensor;
  readonly #room: Room;
  readonly #unit: NormUnit;

  constructor(room: Room, parameters: Parameters, plan: ConvPlan) {
    this.#room = room;
    this.#unit = new NormUnit(room, parameters, plan, false);
    this.conv = this.#unit.conv;
    this.output = this.#unit.output;
  }

  forward(count: number, u: Tensor): void {
    this.#unit.forward(count, u);
  }

  /** It lies where that of the branch will. */
  errorOfSums(count: number, error: Tensor, key: UpdateKey): Tensor {
    const { branch } = this.#room.errors!;
    this.#unit.backward(count, error, branch, key);
    return branch;
  }
}
