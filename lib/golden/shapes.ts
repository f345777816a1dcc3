/**
 * How many elements of its tensors a call of an int8 kernel is about, and in
 * which shape: tensors have room for the largest layer or batch.
 *
 * @module
 */

import type { Geometry } from "../native/conv_shape.ts";
import type { INT8_KERNELS } from "../native/declarations.ts";

/** Name of an int8 kernel. */
export type Int8Kernel = keyof typeof INT8_KERNELS;

/** The sizes of a call: those words of these names that its kernel has. */
export interface CallSizes {
  readonly number: (word: string) => number;
  readonly geometry: (word: string) => Geometry;
}

/** Rows and columns of a convolution's or pool's output. */
export function outputRows({ height, width, kernel, stride, padding }: Geometry): readonly [number, number] {
  const rows = (size: number) => Math.floor((size + 2 * padding - kernel) / stride) + 1;
  return [rows(height), rows(width)];
}

const input = (n: number, { height, width, inputs }: Geometry) => [n, height, width, inputs];
const output = (n: number, geometry: Geometry) => [n, ...outputRows(geometry), geometry.outputs];

/** Shapes by name. */
const SHAPES = {
  flat: ({ number }: CallSizes) => [number("count")],
  input: ({ number, geometry }: CallSizes) => input(number("n"), geometry("shape")),
  output: ({ number, geometry }: CallSizes) => output(number("n"), geometry("shape")),
  weights: ({ geometry }: CallSizes) => {
    const { outputs, kernel, inputs } = geometry("shape");
    return [outputs, kernel, kernel, inputs];
  },
  shortcutOutput: ({ number, geometry }: CallSizes) => output(number("n"), geometry("shortcut")),
  pixels: ({ number }: CallSizes) => [number("pixels"), number("c")],
  imagePixels: ({ number }: CallSizes) => [number("n"), number("pixels"), number("c")],
  pooled: ({ number }: CallSizes) => [number("n"), number("c")],
  channels: ({ number }: CallSizes) => [number("c")],
  channelPairs: ({ number }: CallSizes) => [2, number("c")],
  logits: ({ number }: CallSizes) => [number("n"), number("classes")],
  images: ({ number }: CallSizes) => [number("n")],
  channelGradients: ({ number }: CallSizes) => [number("channels"), number("count") / number("channels")],
} as const satisfies Readonly<Record<string, (sizes: CallSizes) => readonly number[]>>;

/**
 * What a word's shape is: one of those, all of the tensor, all of it in pairs,
 * or room whose contents behind the call mean nothing.
 */
type ShapeName = keyof typeof SHAPES | "whole" | "pairs" | "scratch";

const QUANTIZER = { "quantizer.exponents": "whole" } as const;

/** By kernel and word; those of fine parts are the shapes of what is quantized. */
const OPERANDS: Readonly<Record<Int8Kernel, Readonly<Record<string, ShapeName>>>> = {
  int8_input: { images: "flat", x: "flat" },
  int8_conv_forward: { x: "input", weights: "weights", scalars: "whole", y: "output" },
  int8_conv_backward_data: { dy: "output", fine: "output", weights: "weights", fine_sums: "scratch", dx: "input" },
  int8_conv_backward_weights: { x: "input", dy: "output", fine: "output", dw: "weights" },
  int8_conv_forward_activate: {
    ...QUANTIZER,
    ...{ x: "input", weights: "weights", scalars: "whole", sums: "output", y: "output", mask: "output" },
    "quantizer.fine": "output",
  },
  int8_conv_forward_quantize: {
    ...QUANTIZER,
    ...{ x: "input", weights: "weights", sums: "output", y: "output" },
    "quantizer.fine": "output",
  },
  int8_conv_backward_data_activate: {
    ...QUANTIZER,
    ...{ dy: "output", fine: "output", weights: "weights", mask: "input", fine_sums: "scratch", sums: "input" },
    ...{ gradients: "pairs", dx: "input", "quantizer.fine": "input" },
  },
  int8_conv_backward_data_block: {
    ...QUANTIZER,
    ...{ dy: "output", fine: "output", weights: "weights", dr: "shortcutOutput", mask: "input" },
    ...{ fine_sums: "scratch", sums: "input", gradients: "pairs", dx: "input", "quantizer.fine": "input" },
  },
  int8_activate: { ...QUANTIZER, x: "flat", scalars: "whole", y: "flat", mask: "flat", "quantizer.fine": "flat" },
  int8_quantize: { ...QUANTIZER, x: "flat", y: "flat", "quantizer.fine": "flat" },
  int8_add_bias: { ...QUANTIZER, x: "flat", scalars: "whole", y: "flat", "quantizer.fine": "flat" },
  int8_shortcut: { x: "input", y: "output" },
  int8_residual: {
    ...QUANTIZER,
    ...{ z: "flat", shortcut: "flat", scalars: "whole", y: "flat", mask: "flat", "quantizer.fine": "flat" },
  },
  int8_pool: {
    ...QUANTIZER,
    ...{ x: "imagePixels", scalars: "whole", sums: "pooled", y: "pooled", "quantizer.fine": "pooled" },
  },
  int8_max_pool: { x: "input", x_mask: "input", y: "output", y_mask: "output", places: "output" },
  int8_loss: {
    ...QUANTIZER,
    ...{ logits: "logits", labels: "images", partners: "images", gradients: "pairs", dlogits: "logits" },
    ...{ metrics: "whole", "quantizer.fine": "logits" },
  },
  int8_pool_backward: {
    ...QUANTIZER,
    ...{ dy: "pooled", mask: "imagePixels", gradients: "pairs", dx: "imagePixels", "quantizer.fine": "imagePixels" },
  },
  int8_max_pool_backward: { dy: "output", places: "output", dx: "input" },
  int8_residual_backward: {
    ...QUANTIZER,
    ...{ dy: "flat", z: "flat", scalars: "whole", gradients: "pairs", dz: "flat", "quantizer.fine": "flat" },
  },
  int8_activate_backward: {
    ...QUANTIZER,
    ...{ dy: "flat", mask: "flat", gradients: "pairs", dx: "flat", "quantizer.fine": "flat" },
  },
  int8_block_backward: {
    ...QUANTIZER,
    ...{ du: "input", dr: "output", mask: "input", gradients: "pairs", dx: "input", "quantizer.fine": "input" },
  },
  int8_batchnorm_forward: {
    ...{ x: "pixels", residual: "pixels", norm: "channelPairs", running: "channelPairs", y: "pixels" },
    ...{ mask: "pixels", xhat: "pixels", inverse: "channels" },
  },
  int8_batchnorm_inference: {
    ...{ x: "pixels", residual: "pixels", norm: "channelPairs", running: "channelPairs", y: "pixels" },
  },
  int8_batchnorm_backward: {
    ...QUANTIZER,
    ...{ dy: "pixels", xhat: "pixels", norm: "channelPairs", inverse: "channels", gradients: "channelPairs" },
    ...{ dx: "pixels", "quantizer.fine": "pixels" },
  },
  int8_centre_gradients: { dw: "channelGradients" },
  int8_update: { weights: "flat", fraction: "flat", momentum: "flat", dw: "flat" },
  int8_clear_gradients: { gradients: "pairs" },
  int8_update_scalars: { scalars: "whole", momentum: "whole", gradients: "pairs" },
  int8_count_values: { x: "flat", fine: "flat", counts: "whole" },
  int8_count_updates: { weights: "flat", fraction: "flat", before: "flat", counts: "whole" },
  int8_peak: {},
};

/**
 * The shape of a call's operand, or undefined of room whose contents behind it mean nothing.
 *
 * @param count elements of the tensor
 * @throws {TypeError} for a word that the kernel has not
 */
export function operandShape(
  kernel: Int8Kernel,
  word: string,
  sizes: CallSizes,
  count: number,
): readonly number[] | undefined {
  const name = OPERANDS[kernel][word];
  if (name === undefined) throw new TypeError(`${kernel} has no operand ${word}`);
  if (name === "scratch") return undefined;
  if (name === "whole") return [count];
  if (name === "pairs") return [count / 2, 2];
  return SHAPES[name](sizes);
}
