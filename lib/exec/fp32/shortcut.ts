/**
 * The shortcut of a residual block: the identity, or where the shape changes
 * every second pixel with zero channels appended (option A of He et al.,
 * arXiv 1512.03385).
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { BasicBlock } from "../../plan/residual.ts";
import type { Memory } from "./memory.ts";

type Geometry = [n: number, h: number, w: number, c: number, k: number, stride: number];

/** A shortcut without parameters. */
export class Shortcut {
  readonly #memory: Memory;
  readonly #plan: BasicBlock;

  constructor(memory: Memory, plan: BasicBlock) {
    this.#memory = memory;
    this.#plan = plan;
  }

  /** y = the block's input x in the shape of its output; an identity needs no copy. */
  forward(x: Tensor, y: Tensor, n: number): void {
    const { library } = this.#memory;
    library.check(library.symbols.eoq_fp32_shortcut_forward(x.handle, y.handle, ...this.#geometry(n)));
  }

  /** dx += the gradient that dy, that of the sum, sends through the shortcut. */
  backward(dy: Tensor, dx: Tensor, n: number): void {
    const { library } = this.#memory;
    library.check(library.symbols.eoq_fp32_shortcut_backward(dy.handle, dx.handle, ...this.#geometry(n)));
  }

  #geometry(n: number): Geometry {
    const { conv1, conv2 } = this.#plan;
    return [n, conv1.height, conv1.width, conv1.inputs, conv2.outputs, conv1.stride];
  }
}
