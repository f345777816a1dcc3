/**
 * A shortcut without parameters: every stride-th pixel with zero channels
 * appended (option A of He et al., arXiv 1512.03385).
 *
 * @module
 */

import type { ConvShape } from "../../native/conv_shape.ts";
import type { Tensor } from "../../native/tensor.ts";
import type { Memory } from "./memory.ts";

/** Shapes on both sides of a shortcut. */
export interface ShortcutShape {
  /** Of the input. */
  readonly height: number;
  readonly width: number;
  /** Channels. */
  readonly inputs: number;
  readonly outputs: number;
  readonly stride: number;
}

/** A shortcut; one that keeps the shape is the identity. */
export class Shortcut {
  readonly #memory: Memory;
  readonly #shape: ConvShape;

  constructor(memory: Memory, shape: ShortcutShape) {
    this.#memory = memory;
    this.#shape = memory.shape({ ...shape, kernel: 1, padding: 0 });
  }

  /** y = x in the shape of the output. */
  forward(x: Tensor, y: Tensor, n: number): void {
    const { library } = this.#memory;
    library.check(library.symbols.eoq_fp32_shortcut_forward(x.handle, y.handle, this.#shape.handle, n));
  }

  /** dx += the gradient that dy, that of the output, sends back. */
  backward(dy: Tensor, dx: Tensor, n: number): void {
    const { library } = this.#memory;
    library.check(library.symbols.eoq_fp32_shortcut_backward(dy.handle, dx.handle, this.#shape.handle, n));
  }
}
