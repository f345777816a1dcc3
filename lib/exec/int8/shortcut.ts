/**
 * The shortcut of a block in int8.
 *
 * @module
 */

import type { ConvShape } from "../../native/conv_shape.ts";
import type { Tensor } from "../../native/tensor.ts";
import { type BlockPlan, blockStride, branchEnds, convElements, type ConvPlan } from "../../plan/plan.ts";
import { convBackwardData, convUpdate, type ShortcutError } from "./conv.ts";
import type { UpdateKey } from "./layer.ts";
import type { Projection, TrainingProjection } from "./projection.ts";
import type { Room } from "./room.ts";
import type { TrainingRoom } from "./training_room.ts";

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

  /** @param project makes the projection of a method */
  constructor(room: Room, plan: BlockPlan, u: Tensor, project: (conv: ConvPlan) => P) {
    const { shortcut } = plan;
    const { first, last } = branchEnds(plan);
    this.#room = room;
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
  forward(count: number): Tensor | undefined {
    const { library } = this.#room;
    if (this.projection !== undefined) {
      this.projection.forward(count, this.u);
    } else if (this.output !== undefined) {
      library.check(library.symbols.eoq_int8_shortcut(
        this.u.handle,
        this.output.handle,
        this.shape.handle,
        count,
      ));
    }
    return this.output;
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

  /** How the error of the block's output joins that of the branch's input; updates a projection's weights. */
  backward(count: number, error: Tensor, key: UpdateKey): Omit<ShortcutError, "relu"> {
    const { projection, u, shape } = this.#shortcut;
    if (projection === undefined) {
      const behindBias = this.#plan.shortcut.kind !== "identity";
      return { error, shape, behindBias };
    }
    const { library, sums, errors } = this.#room;
    const projected = errors.projected();
    const { conv } = projection;
    const dy = projection.errorOfSums(count, error, key);
    convBackwardData(library, conv, count, dy, sums);
    library.check(library.symbols.eoq_int8_quantize(
      sums.handle,
      projected.handle,
      count * convElements(branchEnds(this.#plan).first).input,
    ));
    convUpdate(library, conv, count, u, dy, errors, key);
    return { error: projected, shape, behindBias: true };
  }
}
