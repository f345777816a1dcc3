/**
 * A unit outside of blocks.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { Buffers } from "./buffers.ts";
import type { Layer } from "./layer.ts";
import type { NamedTensor, Parameter } from "./parameter.ts";
import type { Unit } from "./unit.ts";

/** A convolution and its ReLU. */
export class ConvLayer implements Layer {
  readonly #unit: Unit;
  readonly #first: boolean;

  /** @param first whether x is the pixels, whose gradient nobody wants */
  constructor(unit: Unit, first: boolean) {
    this.#unit = unit;
    this.#first = first;
  }

  get output(): Tensor {
    return this.#unit.output;
  }

  get parameters(): readonly Parameter[] {
    return this.#unit.parameters;
  }

  get statistics(): readonly NamedTensor[] {
    return this.#unit.statistics;
  }

  forward(x: Tensor, n: number): void {
    this.#unit.forward(x, undefined, n);
  }

  infer(x: Tensor, buffers: Buffers, n: number): void {
    this.#unit.infer(x, undefined, buffers.next, n);
    buffers.advance(0);
  }

  backward(x: Tensor, errors: Buffers, skip: Tensor | undefined, n: number): undefined {
    // A skip in the same tensor is read before it is written.
    this.#unit.backwardAtJunction(x, errors.current, skip, this.#first ? undefined : errors.next, n);
    errors.advance(0);
  }
}
