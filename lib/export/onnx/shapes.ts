/**
 * Shapes of windows, and weights with their inputs first.
 *
 * @module
 */

import type { Attributes } from "../../arrays/onnx.ts";
import type { Geometry } from "../../native/conv_shape.ts";
import { type ImageShape, outputSize } from "../../plan/plan.ts";
import type { Graph, Name } from "./graph.ts";

/** A window over what it reads. */
export interface Window {
  readonly rows: number;
  readonly columns: number;
  readonly inputs: number;
  /** Those of an operator. */
  readonly attributes: Attributes;
}

/**
 * The window of a call. A layer that takes an image as one pixel of many
 * channels, rows by columns by channels, is a window as large as the image.
 */
export function windowOf({ height, width, kernel, stride, padding }: Geometry, from: ImageShape): Window {
  const flat = height * width === 1 && from.height * from.width > 1;
  const [rows, columns] = flat ? [from.height, from.width] : [kernel, kernel];
  const attributes = {
    kernel_shape: [rows, columns],
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
  };
  return { rows, columns, inputs: from.channels, attributes };
}

/** Weights (outputs, rows, columns, inputs) as (outputs, inputs, rows, columns). */
export function channelsFirst<T extends Int8Array | Float32Array>(weights: T, outputs: number, window: Window) {
  const { rows, columns, inputs } = window, pixels = rows * columns;
  const values = new Array<number>(weights.length);
  for (let k = 0; k < outputs; k++) {
    for (let p = 0; p < pixels; p++) {
      for (let c = 0; c < inputs; c++) values[(k * inputs + c) * pixels + p] = weights[(k * pixels + p) * inputs + c]!;
    }
  }
  return { dims: [outputs, inputs, rows, columns], values };
}

/** What a call over these windows gives. */
export function outputOf(geometry: Geometry): ImageShape {
  return { ...outputSize(geometry), channels: geometry.outputs };
}

/** Every stride-th pixel, and channels of `zero` behind what there is. */
export function strided(graph: Graph, x: Name, { stride, inputs, outputs, height, width }: Geometry, zero: Name): Name {
  const ends = graph.integers([height, width]);
  const picked = stride === 1 ? x : graph.operator("Slice", [
    x,
    graph.integers([0, 0]),
    ends,
    graph.integers([2, 3]),
    graph.integers([stride, stride]),
  ]);
  return graph.operator("Pad", [picked, graph.integers([0, 0, 0, 0, 0, outputs - inputs, 0, 0]), zero], {}, "y");
}
