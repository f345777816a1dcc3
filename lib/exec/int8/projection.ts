/**
 * The convolution on a block's shortcut where the shape changes, in int8.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import { convElements, type ConvPlan } from "../../plan/plan.ts";
import { convQuantize } from "./conv.ts";
import type { UpdateKey } from "./layer.ts";
import type { ConvParameters, Parameters } from "./parameters.ts";
import type { Room } from "./room.ts";

/** A convolution of a block's input that joins the branch; what lies behind it is the method's own. */
export interface Projection {
  readonly conv: ConvParameters;
  readonly output: Tensor;
  forward(count: number, u: Tensor): void;
}

/** A projection with the way back. */
export interface TrainingProjection extends Projection {
  /** The error of the convolution's sums, from that of the output. */
  errorOfSums(count: number, error: Tensor, key: UpdateKey): Tensor;
}

/** output = conv(u). */
export class PlainProjection implements TrainingProjection {
  readonly conv: ConvParameters;
  readonly output: Tensor;
  readonly #room: Room;

  constructor(room: Room, parameters: Parameters, plan: ConvPlan) {
    this.#room = room;
    this.conv = parameters.of(plan);
    this.output = room.activation(convElements(plan).output);
  }

  forward(count: number, u: Tensor): void {
    const { library, sums } = this.#room;
    convQuantize(library, this.conv, count, u, sums, this.output);
  }

  errorOfSums(_count: number, error: Tensor): Tensor {
    return error;
  }
}
