/**
 * A residual block of two units, the second of which adds the shortcut in
 * front of its ReLU: the post-activation form of He et al. (arXiv 1512.03385).
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { BasicBlock } from "../../plan/residual.ts";
import type { Buffers } from "./buffers.ts";
import type { Memory } from "./memory.ts";
import { Shortcut } from "./shortcut.ts";
import type { Norm, Unit } from "./unit.ts";

/** A residual block. */
export class Block {
  readonly units: readonly [Unit, Unit];
  readonly #shortcut: Shortcut;
  readonly #identity: boolean;

  constructor(memory: Memory, plan: BasicBlock, norm: Norm, source: () => number) {
    this.units = [norm.unit(plan.conv1, source), norm.unit(plan.conv2, source)];
    this.#shortcut = new Shortcut(memory, plan);
    this.#identity = !plan.changesShape;
  }

  /** Activation after the last ReLU. */
  get output(): Tensor {
    return this.units[1].output;
  }

  /** Forward in training. */
  forward(x: Tensor, n: number): void {
    const [first, second] = this.units;
    first.forward(x, undefined, n);
    if (!this.#identity) this.#shortcut.forward(x, second.output, n);
    second.forward(first.output, this.#identity ? x : second.output, n);
  }

  /** Forward in inference, from and to `buffers.current`; takes two spare buffers. */
  infer(buffers: Buffers, n: number): void {
    const [first, second] = this.units;
    const x = buffers.current;
    const [inner, output] = buffers.spare as [Tensor, Tensor];
    first.infer(x, undefined, inner, n);
    if (this.#identity) {
      second.infer(inner, x, output, n);
      buffers.advance(1);
    } else {
      // Nobody reads x after the shortcut, so the convolution writes over it.
      this.#shortcut.forward(x, output, n);
      second.infer(inner, output, x, n);
    }
  }

  /**
   * The gradient of the output is `errors.current` + skip; that of the input x
   * is then `errors.current` + the returned tensor, the only spare one.
   */
  backward(x: Tensor, errors: Buffers, skip: Tensor | undefined, n: number): Tensor | undefined {
    const [first, second] = this.units;
    const dy = errors.current;
    const [dx] = errors.spare as [Tensor];
    // Without a skip dx is free; with one, it is read before it is written.
    second.backwardAtJunction(first.output, dy, skip, dx, n);
    first.backward(x, dx, dx, n);
    errors.advance(0);
    if (this.#identity) return dy;
    this.#shortcut.backward(dy, dx, n);
    return undefined;
  }
}
