/**
 * The layers of a network with batch norm in int8: a convolution with its norm
 * and ReLU, and a residual block of the post-activation form of He et al.
 * (arXiv 1512.03385): output = relu(norm(conv2(relu(norm(conv1(x))))) +
 * shortcut), with one more unit in between for a branch of three convolutions;
 * a shortcut that projects is norm(conv(x)).
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import { type BlockPlan, branchEnds, type ConvPlan } from "../../plan/plan.ts";
import { convActivateBackward, convBlockBackward, convUpdate } from "./conv.ts";
import type { Layer, ReluAbove, Source, TrainingLayer, TrainingSource } from "./layer.ts";
import { InferenceNormUnit, type NormUnit, TrainingNormUnit, TrainingReluUnit } from "./norm_unit.ts";
import type { ConvParameters, Parameters } from "./parameters.ts";
import type { InferenceRoom, Room } from "./room.ts";
import { type Projection, Shortcut, ShortcutBackward, type TrainingProjection } from "./shortcut.ts";
import type { ErrorRole, TrainingRoom } from "./training_room.ts";

/** output = relu(norm(conv(source))). */
class NormLayer<U extends NormUnit> implements Layer {
  readonly output: Tensor;
  protected readonly unit: U;
  readonly #source: Source;

  constructor(source: Source, unit: U) {
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
    super(source, new InferenceNormUnit(room, parameters, conv, true));
  }
}

/** By the statistics of the batch, with the way back. */
export class TrainingNormLayer extends NormLayer<TrainingReluUnit> implements TrainingLayer {
  readonly relu: ReluAbove;
  readonly #room: TrainingRoom;
  readonly #source: TrainingSource;

  constructor(room: TrainingRoom, parameters: Parameters, source: TrainingSource, conv: ConvPlan) {
    super(source, new TrainingReluUnit(room, parameters, conv));
    this.relu = { mask: this.unit.mask, bias: -1 };
    this.#room = room;
    this.#source = source;
  }

  backward(count: number, error: Tensor, role: ErrorRole): Tensor | undefined {
    const room = this.#room, { conv } = this.unit;
    const { output: x, relu: below } = this.#source;
    const dy = this.unit.backward(count, error);
    const relu = below && { before: below.bias, behind: -1, mask: below.mask };
    const dx = relu && convActivateBackward(room, conv, count, dy, relu, role);
    convUpdate(room, conv, count, x, dy);
    return dx;
  }
}

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
    this.first = make.unit(branchEnds(plan).first);
    const inner: InnerUnit<U>[] = [];
    let below = this.first;
    for (const conv of plan.convs.slice(1)) {
      const unit = make.unit(conv);
      inner.push({ unit, below });
      below = unit;
    }
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

/** norm(conv(u)) with its way back: without a ReLU, which is behind the sum with the branch. */
class TrainingNormProjection implements TrainingProjection {
  readonly conv: ConvParameters;
  readonly output: Tensor;
  readonly #unit: TrainingNormUnit;

  constructor(unit: TrainingNormUnit) {
    this.conv = unit.conv;
    this.output = unit.output;
    this.#unit = unit;
  }

  forward(count: number, u: Tensor): void {
    this.#unit.forward(count, u);
  }

  errorOfSums(count: number, error: Tensor): Tensor {
    return this.#unit.backward(count, error);
  }
}

/** By the statistics of the batch, with the way back. */
export class TrainingNormBlock extends NormBlock<TrainingReluUnit, TrainingNormProjection> implements TrainingLayer {
  readonly relu: ReluAbove;
  readonly #room: TrainingRoom;
  readonly #source: TrainingSource;
  readonly #shortcut: ShortcutBackward;
  readonly #reversed: readonly InnerUnit<TrainingReluUnit>[];

  constructor(room: TrainingRoom, parameters: Parameters, source: TrainingSource, plan: BlockPlan) {
    super(room, source, plan, {
      unit: (conv) => new TrainingReluUnit(room, parameters, conv),
      projection: (conv) => new TrainingNormProjection(new TrainingNormUnit(room, parameters, conv, undefined)),
    });
    this.relu = { mask: this.last.mask, bias: -1 };
    this.#room = room;
    this.#source = source;
    this.#shortcut = new ShortcutBackward(room, plan, this.shortcut);
    this.#reversed = this.inner.toReversed();
  }

  backward(count: number, error: Tensor, role: ErrorRole): Tensor | undefined {
    const room = this.#room, above = this.#source.relu;
    const joining = this.#shortcut.backward(count, error, above !== undefined);
    let masked = error;
    for (const { unit, below } of this.#reversed) {
      const { conv } = unit, dy = unit.backward(count, masked);
      masked = convActivateBackward(room, conv, count, dy, { before: -1, behind: -1, mask: below.mask }, "inner");
      convUpdate(room, conv, count, below.output, dy);
    }
    const { conv } = this.first;
    const relu = above && { before: above.bias, behind: -1, mask: above.mask };
    const dy = this.first.backward(count, masked);
    const dx = joining && relu && convBlockBackward(room, conv, count, dy, { ...joining, relu }, role);
    convUpdate(room, conv, count, this.#source.output, dy);
    return dx;
  }
}
