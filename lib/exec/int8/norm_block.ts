/**
 * A residual block with batch norm in int8, the post-activation form of He et
 * al. (arXiv 1512.03385): output = relu(norm(conv2(relu(norm(conv1(x))))) +
 * shortcut), with one more unit in between for a branch of three convolutions;
 * a shortcut that projects is norm(conv(x)).
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { BlockPlan } from "../../plan/plan.ts";
import { convActivateBackward, convBlockBackward, convUpdate } from "./conv.ts";
import type { Layer, ReluAbove, Source, UpdateKey } from "./layer.ts";
import { NormProjection } from "./norm_projection.ts";
import { NormUnit } from "./norm_unit.ts";
import type { Parameters } from "./parameters.ts";
import type { Room } from "./room.ts";
import { Shortcut } from "./shortcut.ts";

/** A residual block. */
export class NormBlock implements Layer {
  readonly output: Tensor;
  readonly relu: ReluAbove | undefined;
  readonly #room: Room;
  readonly #source: Source;
  readonly #units: readonly NormUnit[];
  readonly #shortcut: Shortcut;
  readonly #scalars: Tensor;

  constructor(room: Room, parameters: Parameters, source: Source, plan: BlockPlan) {
    this.#room = room;
    this.#source = source;
    this.#scalars = parameters.scalars;
    this.#shortcut = new Shortcut(room, parameters, plan, source.output, NormProjection);
    const residual = this.#shortcut.output ?? source.output;
    let x = source.output;
    this.#units = plan.convs.map((conv) => {
      const unit = new NormUnit(room, parameters, conv);
      if (x !== residual) room.release(x);
      x = unit.output;
      return unit;
    });
    room.release(residual);
    const last = this.#units.at(-1)!;
    this.output = last.output;
    this.relu = last.kept && { mask: last.kept.mask!, bias: -1 };
  }

  forward(count: number): void {
    let x = this.#source.output;
    const residual = this.#shortcut.forward(count) ?? x;
    this.#units.forEach((unit, i) => {
      unit.forward(count, x, i === this.#units.length - 1 ? residual : undefined);
      x = unit.output;
    });
  }

  backward(count: number, error: Tensor, result: Tensor, key: UpdateKey): void {
    const { library, sums } = this.#room;
    const errors = this.#room.errors!;
    const { branch, inner, scalars: gradients } = errors;
    const joining = this.#shortcut.backward(count, error, key);
    let dy = error;
    for (let i = this.#units.length - 1; i > 0; i--) {
      const { conv } = this.#units[i]!;
      const below = this.#units[i - 1]!;
      this.#units[i]!.backward(count, dy, branch, key);
      const relu = { scalars: this.#scalars, before: -1, behind: -1, mask: below.kept!.mask };
      convActivateBackward(library, conv, count, branch, relu, gradients, sums, inner);
      convUpdate(library, conv, count, below.output, branch, errors, key);
      dy = inner;
    }
    const [{ conv }] = this.#units as [NormUnit];
    const { mask, bias } = this.#source.relu!;
    const relu = { scalars: this.#scalars, before: bias, behind: -1, mask };
    this.#units[0]!.backward(count, dy, branch, key);
    convBlockBackward(library, conv, count, branch, { ...joining, relu }, gradients, sums, result);
    convUpdate(library, conv, count, this.#source.output, branch, errors, key);
  }
}
