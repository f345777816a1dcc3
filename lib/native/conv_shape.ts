/**
 * Shapes of convolutions, pools and shortcuts that live in the kernel library:
 * checked when a layer makes one, and named by a handle in every call.
 *
 * @module
 */

import { type Functions, handleRegistry } from "./functions.ts";

/** Sizes of one image's input, channels of the output, and a square window. */
export interface Geometry {
  readonly height: number;
  readonly width: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

const registry = handleRegistry("eoq_conv_shape_destroy");

/** A shape of the kernel library. */
export class ConvShape {
  /** The handle that C functions take. */
  readonly handle: number;
  readonly geometry: Geometry;
  readonly #library: Functions;
  #closed = false;

  /** @throws {RunError} when there is no such convolution. */
  constructor(library: Functions, geometry: Geometry) {
    const { height, width, inputs, outputs, kernel, stride, padding } = geometry;
    this.geometry = geometry;
    this.#library = library;
    this.handle = library.check(
      library.symbols.eoq_conv_shape_create(height, width, inputs, outputs, kernel, stride, padding),
    );
    registry.register(this, { library, handle: this.handle }, this);
  }

  /** Frees the handle now instead of at garbage collection. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    registry.unregister(this);
    this.#library.check(this.#library.symbols.eoq_conv_shape_destroy(this.handle));
  }
}
