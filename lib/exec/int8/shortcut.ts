/**
 * The shortcut of a block in int8, and the convolution on it where the shape
 * changes.
 *
 * @module
 */

import type { ConvShape } from "../../native/conv_shape.ts";
import type { Place } from "../../native/kernels.ts";
import type { Tensor } from "../../native/tensor.ts";
import { type BlockPlan, blockStride, branchEnds, convElements, type ConvPlan } from "../../plan/plan.ts";
import { convBackwardData, convQuantize, convUpdate, type ShortcutError } from "./conv.ts";
import type { ConvParameters, Parameters } from "./parameters.ts";
import type { Room } from "./room.ts";
import type { TrainingRoom } from "./training_room.ts";

/** A convolution of a block's input that joins the branch; what lies behind it is the method's own. */
export interface Projection {
  readonly conv: ConvParameters;
  readonly output: Tensor;
  forward(count: number, u: Tensor): void;
}

/** A projection with the way back. */
export interface TrainingProjection extends Projection {
  /** The error of the convolution's sums, from that of the output. */
  errorOfSums(count: number, error: Tensor): Tensor;
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
    convQuantize(this.#room, this.conv, count, u, this.output);
  }

  errorOfSums(_count: number, error: Tensor): Tensor {
    return error;
  }
}

/** The way around a branch. */
export class Shortcut<P extends Projection> {
  /** The block's input behind its bias. */
  readonly u: Tensor;
  /** Absent where the shortcut does not project. */
  readonly projection: P | undefined;
  /** Absent where the shortcut is the block's input as it is. */
  readonly output: Tensor | undefined;
  /** From the block's input to the error that joins it: a projection's has come back to the input. */
  readonly shape: ConvShape;
  readonly #room: Room;
  readonly #place: Place;

  /** @param project makes the projection of a method */
  constructor(room: Room, plan: BlockPlan, u: Tensor, project: (conv: ConvPlan) => P) {
    const { shortcut } = plan;
    const { first, last } = branchEnds(plan);
    this.#room = room;
    this.#place = { layer: first.name, phase: "forward" };
    this.u = u;
    this.projection = shortcut.kind === "projection" ? project(shortcut.conv) : undefined;
    this.output = shortcut.kind === "pad" ? room.activation(convElements(last).output) : this.projection?.output;
    const { height, width, inputs } = first;
    const ends = this.projection === undefined
      ? { outputs: last.outputs, stride: blockStride(plan) }
      : { outputs: inputs, stride: 1 };
    this.shape = room.shape({ height, width, inputs, ...ends, kernel: 1, padding: 0 });
  }

  /** What joins the branch; nothing where the shortcut is the block's input as it is. */
  forward(n: number): Tensor | undefined {
    const { u: x, output: y, shape } = this;
    if (this.projection !== undefined) this.projection.forward(n, x);
    else if (y !== undefined) this.#room.library.call("int8_shortcut", { x, y, shape, n }, this.#place);
    return y;
  }
}

/** The way back along a shortcut. */
export class ShortcutBackward {
  readonly #room: TrainingRoom;
  readonly #plan: BlockPlan;
  readonly #shortcut: Shortcut<TrainingProjection>;

  constructor(room: TrainingRoom, plan: BlockPlan, shortcut: Shortcut<TrainingProjection>) {
    this.#room = room;
    this.#plan = plan;
    this.#shortcut = shortcut;
  }

  /**
   * How the error of the block's output joins that of the branch's input; updates a projection's weights.
   *
   * @param passesOn whether anything below the block is trained; else there is nothing to join.
   */
  backward(count: number, error: Tensor, passesOn: boolean): Omit<ShortcutError, "relu"> | undefined {
    const { projection, u, shape } = this.#shortcut;
    if (projection === undefined) {
      const behindBias = this.#plan.shortcut.kind !== "identity";
      return { error, shape, behindBias };
    }
    const { conv } = projection, dy = projection.errorOfSums(count, error);
    const projected = passesOn ? this.#project(count, conv, dy) : undefined;
    convUpdate(this.#room, conv, count, u, dy);
    return projected && { error: projected, shape, behindBias: true };
  }

  /** The error of a projection's input, from that of its sums. */
  #project(count: number, conv: ConvParameters, dy: Tensor): Tensor {
    const room = this.#room, { input } = convElements(conv.conv);
    const projected = room.error(`${conv.layer} dx`, "projected", input);
    room.library.call("int8_quantize", {
      x: convBackwardData(room, conv, count, dy),
      y: projected,
      quantizer: room.quantizer(projected),
      count: count * input,
    }, { layer: conv.layer, phase: "backward" });
    return projected;
  }
}
