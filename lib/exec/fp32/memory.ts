/**
 * The tensors of a network and what each is for, so that they can be counted,
 * and freed together with the shapes of its layers.
 *
 * @module
 */

import { ConvShape, type Geometry } from "../../native/conv_shape.ts";
import type { Kernels } from "../../native/kernels.ts";
import { Tensor, type TensorType } from "../../native/tensor.ts";

/** What a tensor is held for; `evaluation` is no part of a training step. */
export type Purpose = "parameters" | "activations" | "optimizer" | "evaluation";

/** Owner of a network's tensors. */
export class Memory {
  readonly library: Kernels;
  readonly #owned: { tensor: Tensor; purpose: Purpose }[] = [];
  readonly #shapes: ConvShape[] = [];

  constructor(library: Kernels) {
    this.library = library;
  }

  /** A zeroed tensor. @throws {RunError} when memory is short. */
  tensor(purpose: Purpose, count: number, type: TensorType = "fp32"): Tensor {
    const tensor = new Tensor(this.library, type, count);
    this.#owned.push({ tensor, purpose });
    return tensor;
  }

  /** A shape, held as long as the tensors. */
  shape(geometry: Geometry): ConvShape {
    const shape = new ConvShape(this.library, geometry);
    this.#shapes.push(shape);
    return shape;
  }

  /** Bytes held for a purpose. */
  bytes(purpose: Purpose): number {
    return this.#owned.reduce((sum, each) => each.purpose === purpose ? sum + each.tensor.byteLength : sum, 0);
  }

  /** Frees every tensor and shape. */
  close(): void {
    for (const shape of this.#shapes.splice(0)) shape.close();
    for (const { tensor } of this.#owned.splice(0)) tensor.close();
  }
}
