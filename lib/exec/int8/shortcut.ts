/**
 * The shortcut of a block in int8.
 *
 * @module
 */

import type { ConvShape } from "../../native/conv_shape.ts";
import type { Tensor } from "../../native/tensor.ts";
import { type BlockPlan, blockStride, branchEnds, convElements, type ConvPlan } from "../../plan/plan.ts";
import { convBackwardData, convUpdate, type ShortcutError, type UpdateKey } from "./conv.ts";
import type { Parameters } from "./parameters.ts";
import type { Projection } from "./projection.ts";
import type { Room } from "./room.ts";

/** How a method projects. */
type MakeProjection = new (room: Room, parameters: Parameters, plan: ConvPlan) => Projection;

/** The way around a branch. */
export class Shortcut {
  readonly #room: Room;
  readonly #plan: BlockPlan;
  /** The block's input behind its bias. */
  readonly #u: Tensor;
  /** Absent where the shortcut is the block's input as it is. */
  readonly output: Tensor | undefined;
  readonly #projection: Projection | undefined;
  /** From the block's input to the error that joins it: a projection's has come back to the input. */
  readonly #shape: ConvShape;

  constructor(room: Room, parameters: Parameters, plan: BlockPlan, u: Tensor, Project: MakeProjection) {
    const { shortcut } = plan;
    const { first, last } = branchEnds(plan);
    this.#room = room;
    this.#plan = plan;
    this.#u = u;
    this.#projection = shortcut.kind === "projection" ? new Project(room, parameters, shortcut.conv) : undefined;
    this.output = shortcut.kind === "pad" ? room.activation(convElements(last).output) : this.#projection?.output;
    const { height, width, inputs } = first;
    const ends = this.#projection === undefined
      ? { outputs: last.outputs, stride: blockStride(plan) }
      : { outputs: inputs, stride: 1 };
    this.#shape = room.shape({ height, width, inputs, ...ends, kernel: 1, padding: 0 });
  }

  /** What joins the branch; nothing where the shortcut is the block's input as it is. */
  forward(count: number): Tensor | undefined {
    const { library } = this.#room;
    if (this.#projection !== undefined) {
      this.#projection.forward(count, this.#u);
    } else if (this.output !== undefined) {
      library.check(library.symbols.eoq_int8_shortcut(
        this.#u.handle,
        this.output.handle,
        this.#shape.handle,
        count,
      ));
    }
    return this.output;
  }

  /** How the error of the block's output joins that of the branch's input; updates a projection's weights. */
  backward(count: number, error: Tensor, key: UpdateKey): Omit<ShortcutError, "relu"> {
    if (this.#projection === undefined) {
      const behindBias = this.#plan.shortcut.kind !== "identity";
      return { error, shape: this.#shape, behindBias };
    }
    const { library, sums } = this.#room;
    const errors = this.#room.errors!;
    const projected = errors.projected!;
    const { conv } = this.#projection;
    const dy = this.#projection.errorOfSums(count, error, key);
    convBackwardData(library, conv, count, dy, sums);
    library.check(library.symbols.eoq_int8_quantize(
      sums.handle,
      projected.handle,
      count * convElements(branchEnds(this.#plan).first).input,
    ));
    convUpdate(library, conv, count, this.#u, dy, errors, key);
    return { error: projected, shape: this.#shape, behindBias: true };
  }
}
