/**
 * The calls of int8 inference as ONNX operators, with the same whole numbers in
 * every place: convolutions are ConvInteger over bytes above a zero point, what
 * follows them doubles (number.ts). Activations have channels first.
 *
 * @module
 */

import { BIAS_EXPONENT, RECIPROCAL_EXPONENT, SCALE_EXPONENT } from "../../exec/int8/number.ts";
import type { Geometry } from "../../native/conv_shape.ts";
import type { Tensor } from "../../native/tensor.ts";
import type { Number, Quantizer, Words } from "../../native/words.ts";
import type { ImageShape } from "../../plan/plan.ts";
import type { Graph, Name, Operand } from "./graph.ts";
import { Arithmetic, type Range, type Rounding, ZERO_POINT } from "./number.ts";
import { channelsFirst, outputOf, strided, windowOf } from "./shapes.ts";

/** Of what images become (activation.c). */
export const INPUT_EXPONENT = -6;

/** Limits of what biases and factors are aligned to (number.h, ALIGNED_BITS). */
const MOST_BIAS = 2 ** 28, ALIGNED_BITS = 24, ALIGNED = 2 ** ALIGNED_BITS;

/** An int8 tensor: bytes above the zero point, (images, channels, rows, columns). */
export interface Activation {
  readonly bytes: Name;
  readonly shape: ImageShape;
  /** 2^exponent: a number, or one an image. */
  readonly unit: Operand;
  readonly range: Range;
}

/** An int32 tensor in doubles, its bias not added yet. */
export interface Sums {
  readonly values: Operand;
  readonly bias: Operand;
  readonly shape: ImageShape;
  readonly unit: Operand;
}

/** What is quantized: values * factor + offset, whole numbers in doubles. */
export interface Line {
  readonly values: Operand;
  /** 1 if absent. */
  readonly factor?: Operand;
  readonly offset: Operand;
  readonly shape: ImageShape;
  readonly unit: Operand;
}

/** A number of a call that no run changes. */
export function fixed(value: Number): number {
  if (typeof value === "number") return value;
  throw new TypeError(`inference has a slot ${value.name}`);
}

/** Scalars of Fixup from an index on; none where it is -1. */
export function scalarsOf(scalars: Tensor | undefined, index: Number, count = 1): Int16Array {
  const first = fixed(index);
  if (first < 0 || scalars === undefined) return new Int16Array();
  return scalars.read(new Int16Array(scalars.count)).subarray(first, first + count);
}

/** Bytes (images, rows, columns, channels) as what the first convolution reads. @param offset of the call int8_input */
export function inputBytes(graph: Graph, images: Name, offset: number): Name {
  const a = new Arithmetic(graph);
  const planes = a.doubles(graph.operator("Transpose", [images], { perm: [0, 3, 1, 2] }));
  return a.bytes(offset === 0 ? a.add(a.floor(a.multiply(planes, 0.5)), ZERO_POINT) : planes, 8);
}

/** Writes calls down as operators. */
export class Int8Calls {
  readonly graph: Graph;
  readonly arithmetic: Arithmetic;
  readonly #activations = new Map<Tensor, Activation>();
  readonly #sums = new Map<Tensor, Sums>();

  constructor(graph: Graph) {
    this.graph = graph;
    this.arithmetic = new Arithmetic(graph);
  }

  /** What a call reads. */
  activation(tensor: Tensor): Activation {
    return known(this.#activations, tensor);
  }

  /** The sums that a call reads. */
  sums(tensor: Tensor): Sums {
    return known(this.#sums, tensor);
  }

  /** What a call wrote. */
  set(tensor: Tensor, activation: Activation): void {
    this.#activations.set(tensor, activation);
  }

  /** Bytes (images, rows, columns, channels) as the first activation. */
  input(images: Name, shape: ImageShape, { offset, x }: Words<"int8_input">): void {
    const low = fixed(offset) === 0 ? 0 : -127, bytes = inputBytes(this.graph, images, fixed(offset));
    this.set(x, { bytes, shape, unit: 2 ** INPUT_EXPONENT, range: { low, high: 127 } });
  }

  /** A scalar of Fixup, or several from there on, by channel. */
  #scalars(tensor: Tensor | undefined, index: Number, count = 1): Operand {
    const values = scalarsOf(tensor, index, count);
    return count === 1 ? values[0] ?? 0 : this.graph.constant("bias", "double", [1, count, 1, 1], values);
  }

  /** A bias as a summand of sums in this unit. */
  #bias(q: Operand, unit: Operand): Operand {
    return this.arithmetic.align(q, this.arithmetic.divide(2 ** BIAS_EXPONENT, unit), MOST_BIAS);
  }

  /** y = conv(x) + bias. */
  convolve(
    x: Tensor,
    weights: Tensor,
    geometry: Geometry,
    bias?: { readonly scalars: Tensor | undefined; readonly index: Number; readonly count: number },
  ): Sums {
    const { graph, arithmetic: a } = this, from = this.activation(x);
    const window = windowOf(geometry, from.shape);
    const own = channelsFirst(weights.read(new Int8Array(weights.count)), geometry.outputs, window);
    const bytes = graph.constant("weights", "uint8", own.dims, Uint8Array.from(own.values, (w) => w + ZERO_POINT));
    const zero = graph.byte(ZERO_POINT);
    const sums = graph.operator("ConvInteger", [from.bytes, bytes, zero, zero], window.attributes);
    const unit = a.multiply(from.unit, 2 ** weights.exponent);
    return {
      values: a.doubles(sums),
      bias: bias === undefined ? 0 : this.#bias(this.#scalars(bias.scalars, bias.index, bias.count), unit),
      shape: outputOf(geometry),
      unit,
    };
  }

  convForward({ x, weights, scalars, bias, biases, y, shape }: Words<"int8_conv_forward">): void {
    const index = { scalars, index: bias, count: fixed(biases) };
    this.#sums.set(y, this.convolve(x, weights, shape.geometry, fixed(bias) < 0 ? undefined : index));
  }

  /** y = quantize(relu(conv(x) + bias_before) + bias_behind). */
  convActivate(words: Words<"int8_conv_forward_activate">): void {
    const { x, weights, scalars, bias_before: before, bias_behind: behind, quantizer, y, shape } = words;
    const { arithmetic: a } = this;
    const sums = this.convolve(x, weights, shape.geometry, { scalars, index: before, count: 1 });
    const low = this.#bias(this.#scalars(scalars, behind), sums.unit);
    const most = a.add(a.largest(sums.values), sums.bias);
    const range = { low, high: a.add(a.maximum(most, 0), low) };
    const rounding = this.#rounding(range, quantizer);
    // All steps from here on are exact, so biases and rounding can move in front of the maximum.
    const least = a.add(a.multiply(low, rounding.factor), ZERO_POINT + 0.5);
    const offset = a.add(a.multiply(sums.bias, rounding.factor), least);
    const scaled = a.maximum(a.add(a.multiply(sums.values, rounding.factor), offset), least);
    this.#quantized(y, sums, range, rounding, scaled);
  }

  /** y = quantize(conv(x)). */
  convQuantize({ x, weights, quantizer, y, shape }: Words<"int8_conv_forward_quantize">): void {
    this.#quantize(y, this.convolve(x, weights, shape.geometry), quantizer);
  }

  #rounding(range: Range, { bits }: Pick<Quantizer, "bits">): Rounding {
    return this.arithmetic.rounding(range, fixed(bits));
  }

  #quantized(
    y: Tensor,
    { shape, unit }: Pick<Sums, "shape" | "unit">,
    range: Range,
    rounding: Rounding,
    scaled: Operand,
  ): void {
    const { arithmetic: a } = this;
    this.set(y, {
      bytes: a.bytes(scaled, rounding.bits),
      shape,
      unit: a.multiply(rounding.power, unit),
      range: a.roundedRange(range, rounding),
    });
  }

  /** Values alone, to the exponent that their extremes ask for. */
  #quantize(y: Tensor, sums: Omit<Line, "factor" | "offset">, quantizer: Pick<Quantizer, "bits">): void {
    const { arithmetic: a } = this;
    const range = { low: a.minimum(a.least(sums.values), 0), high: a.maximum(a.largest(sums.values), 0) };
    this.quantizeWithin(y, { ...sums, offset: 0 }, range, quantizer);
  }

  /** The same of what has a known range. */
  quantizeWithin(y: Tensor, line: Line, range: Range, quantizer: Pick<Quantizer, "bits">): void {
    const { arithmetic: a } = this, { values, factor, offset } = line, rounding = this.#rounding(range, quantizer);
    const slope = factor === undefined ? rounding.factor : a.multiply(factor, rounding.factor);
    const summand = a.add(a.multiply(offset, rounding.factor), ZERO_POINT + 0.5);
    this.#quantized(y, line, range, rounding, a.add(a.multiply(values, slope), summand));
  }

  /** 2^(e + width(magnitude)): the power of two above an activation's values. */
  #top({ unit, range }: Activation): Operand {
    return this.arithmetic.multiply(this.arithmetic.widthPower(this.arithmetic.magnitude(range)), unit);
  }

  /** The same of a scalar, which is known. */
  #topOf(q: number, exponent: number): number {
    return 2 ** (exponent + 32 - Math.clz32(Math.abs(q)));
  }

  #scalar(tensor: Tensor, index: Number): number {
    return this.#scalars(tensor, index) as number;
  }

  /** y = quantize(x + bias). */
  addBias({ x, scalars, bias, quantizer, y }: Words<"int8_add_bias">): void {
    const { arithmetic: a } = this, from = this.activation(x), q = this.#scalar(scalars, bias);
    const unit = a.multiply(a.maximum(this.#top(from), this.#topOf(q, BIAS_EXPONENT)), 2 ** -ALIGNED_BITS);
    const factor = a.align(1, a.divide(from.unit, unit), ALIGNED), summand = this.#bias(q, unit);
    const aligned = (value: Operand) => a.add(a.multiply(value, factor), summand);
    const range = { low: aligned(from.range.low), high: aligned(from.range.high) };
    const offset = a.add(summand, a.multiply(factor, -ZERO_POINT)), values = a.doubles(from.bytes);
    this.quantizeWithin(y, { values, factor, offset, shape: from.shape, unit }, range, quantizer);
  }

  /** The whole numbers of an activation, in doubles. */
  numbers({ bytes }: Activation): Operand {
    return this.arithmetic.add(this.arithmetic.doubles(bytes), -ZERO_POINT);
  }

  /** y = every stride-th pixel of x with channels of zeros behind its own. */
  shortcut({ x, y, shape: { geometry } }: Words<"int8_shortcut">): void {
    const from = this.activation(x), bytes = strided(this.graph, from.bytes, geometry, this.graph.byte(ZERO_POINT));
    // Zeros do not change the magnitude of a range, which is all that is read of it.
    this.set(y, { ...from, bytes, shape: outputOf(geometry) });
  }

  /** y = quantize(relu(z * scale + bias + shortcut)). */
  residual({ z, shortcut, scalars, scale, bias, quantizer, y }: Words<"int8_residual">): void {
    const { arithmetic: a } = this, branch = this.activation(z), other = this.activation(shortcut);
    const s = this.#scalar(scalars, scale), b = this.#scalar(scalars, bias);
    const scaleTop = this.#topOf(s, SCALE_EXPONENT);
    const tops = [a.multiply(this.#top(branch), scaleTop), this.#top(other), this.#topOf(b, BIAS_EXPONENT)];
    const unit = a.multiply(a.maximum(...tops), 2 ** -ALIGNED_BITS);
    const zFactor = a.align(s, a.divide(a.multiply(branch.unit, 2 ** SCALE_EXPONENT), unit), ALIGNED);
    const factor = a.align(1, a.divide(other.unit, unit), ALIGNED);
    const products = a.add(
      a.multiply(a.doubles(branch.bytes), zFactor),
      a.multiply(a.doubles(other.bytes), factor),
    );
    const offset = a.add(this.#bias(b, unit), a.multiply(a.add(zFactor, factor), -ZERO_POINT));
    const values = a.maximum(a.add(products, offset), 0), range = { low: 0, high: a.largest(values) };
    this.quantizeWithin(y, { values, offset: 0, shape: branch.shape, unit }, range, quantizer);
  }

  /** y = quantize(mean of the pixels + bias). */
  pool({ x, reciprocal, scalars, bias, quantizer, y }: Words<"int8_pool">): void {
    const { arithmetic: a, graph } = this, from = this.activation(x);
    const unit = a.multiply(from.unit, 2 ** RECIPROCAL_EXPONENT);
    const axes = graph.integers([2, 3]);
    const sum = graph.operator("ReduceSum", [this.numbers(from), axes], { keepdims: 1 });
    const values = a.add(a.multiply(sum, fixed(reciprocal)), this.#bias(this.#scalars(scalars, bias), unit));
    this.#quantize(y, { values, shape: { ...from.shape, height: 1, width: 1 }, unit }, quantizer);
  }

  /** y = the largest of each window. */
  maxPool({ x, y, shape }: Words<"int8_max_pool">): void {
    const { unit, range, ...from } = this.activation(x), { attributes } = windowOf(shape.geometry, from.shape);
    const bytes = this.graph.operator("MaxPool", [from.bytes], attributes, "y");
    this.set(y, { bytes, shape: outputOf(shape.geometry), unit, range });
  }

  /** Sums as values: the logits (images, classes). */
  logits(tensor: Tensor): Name {
    const { arithmetic: a, graph } = this, { values, bias, unit, shape } = this.sums(tensor);
    const all = a.multiply(a.add(values, bias), unit);
    return graph.operator("Reshape", [all, graph.integers([-1, shape.channels])]);
  }
}

function known<T>(values: ReadonlyMap<Tensor, T>, tensor: Tensor): T {
  const value = values.get(tensor);
  if (value === undefined) throw new TypeError("a call reads what none before it wrote");
  return value;
}
