/**
 * A residual block with batch norm in int8, the post-activation form of He et
 * al. (arXiv 1512.03385): output = relu(norm(conv2(relu(norm(conv1(x))))) +
 * shortcut), with one more unit in between for a branch of three convolutions;
 * a shortcut that projects is norm(conv(x)).
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import { type BlockPlan, branchEnds, type ConvPlan } from "../../plan/plan.ts";
import { convActivateBackward, convBlockBackward, convUpdate } from "./conv.ts";
import type { Layer, ReluAbove, Source, TrainingLayer, UpdateKey } from "./layer.ts";
import { TrainingNormProjection } from "./norm_projection.ts";
import { InferenceNormUnit, type NormUnit, TrainingNormUnit, TrainingReluUnit } from "./norm_unit.ts";
import type { Parameters } from "./parameters.ts";
import type { Projection } from "./projection.ts";
import type { InferenceRoom, Room } from "./room.ts";
import { Shortcut, ShortcutBackward } from "./shortcut.ts";
import type { TrainingRoom } from "./training_room.ts";

/** Makes what a block is of. */
interface Units<U extends NormUnit, P extends Projection> {
  /** A convolution of the branch. */
  unit(conv: ConvPlan): U;
  /** That of the shortcut. */
  projection(conv: ConvPlan): P;
}

/** A unit, and the one or none whose output it reads. */
interface InnerUnit<U extends NormUnit> {
  readonly unit: U;
  readonly below: U;
}

/** A residual block. */
class NormBlock<U extends NormUnit, P extends Projection> implements Layer {
  readonly output: Tensor;
  protected readonly first: U;
  /** Those behind it, in forward order. */
  protected readonly inner: readonly InnerUnit<U>[];
  protected readonly last: U;
  protected readonly shortcut: Shortcut<P>;
  readonly #source: Source;

  constructor(room: Room, source: Source, plan: BlockPlan, make: Units<U, P>) {
    this.#source = source;
    this.shortcut = new Shortcut(room, plan, source.output, make.projection);
    const residual = this.shortcut.output ?? source.output;
    const release = (read: Tensor) => read === residual || room.release(read);
    this.first = make.unit(branchEnds(plan).first);
    release(source.output);
    const inner: InnerUnit<U>[] = [];
    let below = this.first;
    for (const conv of plan.convs.slice(1)) {
      const unit = make.unit(conv);
      release(below.output);
      inner.push({ unit, below });
      below = unit;
    }
    room.release(residual);
    this.inner = inner;
    this.last = below;
    this.output = below.output;
  }

  forward(count: number): void {
    const x = this.#source.output;
    const residual = this.shortcut.forward(count) ?? x;
    const forward = (unit: U, x: Tensor) => unit.forward(count, x, unit === this.last ? residual : undefined);
    forward(this.first, x);
    for (const { unit, below } of this.inner) forward(unit, below.output);
  }
}

/** By the running statistics. */
export class InferenceNormBlock extends NormBlock<InferenceNormUnit, InferenceNormUnit> {
  constructor(room: InferenceRoom, parameters: Parameters, source: Source, plan: BlockPlan) {
    super(room, source, plan, {
      unit: (conv) => new InferenceNormUnit(room, parameters, conv, true),
      projection: (conv) => new InferenceNormUnit(room, parameters, conv, false),
    });
  }
}

/** By the statistics of the batch, with the way back. */
export class TrainingNormBlock extends NormBlock<TrainingReluUnit, TrainingNormProjection> implements TrainingLayer {
  readonly relu: ReluAbove;
  readonly #room: TrainingRoom;
  readonly #source: TrainingLayer;
  readonly #shortcut: ShortcutBackward;
  readonly #reversed: readonly InnerUnit<TrainingReluUnit>[];
  readonly #scalars: Tensor;

  constructor(room: TrainingRoom, parameters: Parameters, source: TrainingLayer, plan: BlockPlan) {
    super(room, source, plan, {
      unit: (conv) => new TrainingReluUnit(room, parameters, conv),
      projection: (conv) => new TrainingNormProjection(room, new TrainingNormUnit(room, parameters, conv, undefined)),
    });
    this.relu = { mask: this.last.mask, bias: -1 };
    this.#room = room;
    this.#source = source;
    this.#shortcut = new ShortcutBackward(room, plan, this.shortcut);
    this.#reversed = this.inner.toReversed();
    this.#scalars = parameters.scalars;
  }

  backward(count: number, error: Tensor, result: Tensor, key: UpdateKey): void {
    const { library, sums, errors } = this.#room;
    const { branch, inner, scalars: gradients } = errors;
    const joining = this.#shortcut.backward(count, error, key);
    let dy = error;
    for (const { unit, below } of this.#reversed) {
      const { conv } = unit;
      unit.backward(count, dy, branch, key);
      const relu = { scalars: this.#scalars, before: -1, behind: -1, mask: below.mask };
      convActivateBackward(library, conv, count, branch, relu, gradients, sums, inner);
      convUpdate(library, conv, count, below.output, branch, errors, key);
      dy = inner;
    }
    const { conv } = this.first;
    const { mask, bias } = this.#source.relu;
    const relu = { scalars: this.#scalars, before: bias, behind: -1, mask };
    this.first.backward(count, dy, branch, key);
    convBlockBackward(library, conv, count, branch, { ...joining, relu }, gradients, sums, result);
    convUpdate(library, conv, count, this.#source.output, branch, errors, key);
  }
}
