/**
 * A convolution, batch norm and ReLU as a layer of an int8 network.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { ConvPlan } from "../../plan/plan.ts";
import { convActivateBackward, convUpdate } from "./conv.ts";
import type { Layer, ReluAbove, Source, UpdateKey } from "./layer.ts";
import { NormUnit } from "./norm_unit.ts";
import type { Parameters } from "./parameters.ts";
import type { Room } from "./room.ts";

/** output = relu(norm(conv(source))). */
export class NormLayer implements Layer {
  readonly output: Tensor;
  readonly relu: ReluAbove | undefined;
  readonly #room: Room;
  readonly #source: Source;
  readonly #unit: NormUnit;
  readonly #scalars: Tensor;

  constructor(room: Room, parameters: Parameters, source: Source, conv: ConvPlan) {
    this.#room = room;
    this.#source = source;
    this.#unit = new NormUnit(room, parameters, conv);
    room.release(source.output);
    this.#scalars = parameters.scalars;
    this.output = this.#unit.output;
    this.relu = this.#unit.kept && { mask: this.#unit.kept.mask!, bias: -1 };
  }

  forward(count: number): void {
    this.#unit.forward(count, this.#source.output);
  }

  backward(count: number, error: Tensor, result: Tensor, key: UpdateKey): void {
    const { library, sums } = this.#room;
    const errors = this.#room.errors!;
    const { branch } = errors;
    const { output: x, relu: below } = this.#source;
    this.#unit.backward(count, error, branch, key);
    if (below !== undefined) {
      const relu = { scalars: this.#scalars, before: below.bias, behind: -1, mask: below.mask };
      convActivateBackward(library, this.#unit.conv, count, branch, relu, errors.scalars, sums, result);
    }
    convUpdate(library, this.#unit.conv, count, x, branch, errors, key);
  }
}
