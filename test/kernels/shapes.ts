/**
 * Shapes for tests, by the sizes that a reference is given, too.
 *
 * @module
 */

import { ConvShape } from "../../lib/native/conv_shape.ts";
import type { Library } from "../../lib/native/library.ts";

const made = new WeakMap<Library, Map<string, ConvShape>>();

/** The sizes of a call: a shape, made once a library, and the count of images. */
export function shaped(
  library: Library,
  n: number,
  height: number,
  width: number,
  inputs: number,
  outputs: number,
  kernel = 1,
  stride = 1,
  padding = 0,
): { shape: ConvShape; n: number } {
  const shapes = made.getOrInsertComputed(library, () => new Map());
  const geometry = { height, width, inputs, outputs, kernel, stride, padding };
  return { shape: shapes.getOrInsertComputed(JSON.stringify(geometry), () => new ConvShape(library, geometry)), n };
}
