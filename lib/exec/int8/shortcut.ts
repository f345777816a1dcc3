/**
 * The shortcut of a block in int8.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import { type BlockPlan, blockStride, branchEnds, convElements, type ConvPlan } from "../../plan/plan.ts";
import { convBackwardData, convUpdate, type ShortcutError } from "./conv.ts";
import type { UpdateKey } from "./layer.ts";
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

  constructor(room: Room, parameters: Parameters, plan: BlockPlan, u: Tensor, Project: MakeProjection) {
    const { shortcut } = plan;
    this.#room = room;
    this.#plan = plan;
    this.#u = u;
    this.#projection = shortcut.kind === "projection" ? new Project(room, parameters, shortcut.conv) : undefined;
    this.output = shortcut.kind === "pad"
      ? room.activation(convElements(branchEnds(plan).last).output)
      : this.#projection?.output;
  }

  /** What joins the branch; nothing where the shortcut is the block's input as it is. */
  forward(count: number): Tensor | undefined {
    const { library } = this.#room;
    if (this.#projection !== undefined) {
      this.#projection.forward(count, this.#u);
    } else if (this.output !== undefined) {
      const { first, last } = branchEnds(this.#plan);
      library.check(library.symbols.eoq_int8_shortcut(
        this.#u.handle,
        count,
        first.height,
        first.width,
        first.inputs,
        blockStride(this.#plan),
        last.outputs,
        this.output.handle,
      ));
    }
    return this.output;
  }

  /** How the error of the block's output joins that of the branch's input; updates a projection's weights. */
  backward(count: number, error: Tensor, key: UpdateKey): Omit<ShortcutError, "relu"> {
    const { first, last } = branchEnds(this.#plan);
    if (this.#projection === undefined) {
      const behindBias = this.#plan.shortcut.kind !== "identity";
      return { error, stride: blockStride(this.#plan), channels: last.outputs, behindBias };
    }
    const { library, sums } = this.#room;
    const errors = this.#room.errors!;
    const projected = errors.projected!;
    const { conv } = this.#projection;
    const dy = this.#projection.errorOfSums(count, error, key);
    convBackwardData(library, conv, count, dy, sums);
    library.check(
      library.symbols.eoq_int8_quantize(sums.handle, count * convElements(first).input, projected.handle),
    );
    convUpdate(library, conv, count, this.#u, dy, errors, key);
    return { error: projected, stride: 1, channels: first.inputs, behindBias: true };
  }
}
