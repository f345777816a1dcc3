/**
 * A shortcut without parameters: every stride-th pixel with zero channels
 * appended (option A of He et al., arXiv 1512.03385).
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { Memory } from "./memory.ts";

type Geometry = [n: number, h: number, w: number, c: number, k: number, stride: number];

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
  readonly #shape: ShortcutShape;

  constructor(memory: Memory, shape: ShortcutShape) {
    this.#memory = memory;
    this.#shape = shape;
  }

  /** y = x in the shape of the output. */
  forward(x: Tensor, y: Tensor, n: number): void {
    const { library } = this.#memory;
    library.check(library.symbols.eoq_fp32_shortcut_forward(x.handle, y.handle, ...this.#geometry(n)));
  }

  /** dx += the gradient that dy, that of the output, sends back. */
  backward(dy: Tensor, dx: Tensor, n: number): void {
    const { library } = this.#memory;
    library.check(library.symbols.eoq_fp32_shortcut_backward(dy.handle, dx.handle, ...this.#geometry(n)));
  }

  #geometry(n: number): Geometry {
    const { height, width, inputs, outputs, stride } = this.#shape;
    return [n, height, width, inputs, outputs, stride];
  }
}
