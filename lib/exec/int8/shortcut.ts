/**
 * The shortcut of a block in int8.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import { type BlockPlan, blockStride, branchEnds, convElements } from "../../plan/plan.ts";
import { convBackwardData, convQuantize, convUpdate, type ShortcutError, type UpdateKey } from "./conv.ts";
import type { ConvParameters, Parameters } from "./parameters.ts";
import type { Room } from "./room.ts";

/** The way around a branch. */
export class Shortcut {
  readonly #room: Room;
  readonly #plan: BlockPlan;
  /** The block's input behind its bias. */
  readonly #u: Tensor;
  readonly #output: Tensor | undefined;
  readonly #projection: ConvParameters | undefined;

  constructor(room: Room, parameters: Parameters, plan: BlockPlan, u: Tensor) {
    const { kind } = plan.shortcut;
    this.#room = room;
    this.#plan = plan;
    this.#u = u;
    this.#projection = plan.shortcut.kind === "projection" ? parameters.of(plan.shortcut.conv) : undefined;
    this.#output = kind === "identity" ? undefined : room.activation(convElements(branchEnds(plan).last).output);
  }

  /** What joins the branch; nothing where the shortcut is the block's input as it is. */
  forward(count: number): Tensor | undefined {
    const { library, sums } = this.#room;
    if (this.#projection !== undefined) {
      convQuantize(library, this.#projection, count, this.#u, sums, this.#output!);
    } else if (this.#output !== undefined) {
      const { first, last } = branchEnds(this.#plan);
      library.check(library.symbols.eoq_int8_shortcut(
        this.#u.handle,
        count,
        first.height,
        first.width,
        first.inputs,
        blockStride(this.#plan),
        last.outputs,
        this.#output.handle,
      ));
    }
    return this.#output;
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
    convBackwardData(library, this.#projection, count, error, sums);
    library.check(
      library.symbols.eoq_int8_quantize(sums.handle, count * convElements(first).input, projected.handle),
    );
    convUpdate(library, this.#projection, count, this.#u, error, errors, key);
    return { error: projected, stride: 1, channels: first.inputs, behindBias: true };
  }
}
