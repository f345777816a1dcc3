/**
 * The calls of eoq's inference with exponents that are the same for every
 * image, as the quantized operators that runtimes are fast at: QLinearConv with
 * scales that are powers of two. It rounds halves to even where eoq rounds them
 * upwards, and images that would have other exponents are rounded otherwise.
 *
 * @module
 */

import { BIAS_EXPONENT, SCALE_EXPONENT } from "../../exec/int8/number.ts";
import type { Tensor } from "../../native/tensor.ts";
import type { Words } from "../../native/words.ts";
import type { ImageShape } from "../../plan/plan.ts";
import type { Exponents } from "./calibrate.ts";
import type { Graph, Name } from "./graph.ts";
import { fixed, INPUT_EXPONENT, inputBytes, scalarsOf } from "./int8.ts";
import { ZERO_POINT } from "./number.ts";
import { channelsFirst, outputOf, strided, windowOf } from "./shapes.ts";

/** Largest bias of int32 sums (EOQ_MAX_BIAS). */
const MOST_BIAS = 2 ** 28;

/** An int8 tensor: bytes above the zero point. */
interface Activation {
  readonly bytes: Name;
  readonly shape: ImageShape;
  readonly exponent: number;
}

const clip = (value: number, most: number) => Math.min(Math.max(value, -most), most);

/** Writes calls down as operators. */
export class StaticCalls {
  readonly graph: Graph;
  readonly #exponents: Exponents;
  readonly #activations = new Map<Tensor, Activation>();
  #logits: Name | undefined;

  constructor(graph: Graph, exponents: Exponents) {
    this.graph = graph;
    this.#exponents = exponents;
  }

  #of(tensor: Tensor): Activation {
    const value = this.#activations.get(tensor);
    if (value === undefined) throw new TypeError("a call reads what none before it wrote");
    return value;
  }

  #scale(exponent: number): Name {
    return this.graph.constant(`scale_${exponent}`, "float", [], [2 ** exponent]);
  }

  #float(what: string, value: number): Name {
    return this.graph.constant(what, "float", [], [value]);
  }

  /** Bytes (images, rows, columns, channels) as the first activation. */
  input(images: Name, shape: ImageShape, { offset, x }: Words<"int8_input">): void {
    const bytes = inputBytes(this.graph, images, fixed(offset));
    this.#activations.set(x, { bytes, shape, exponent: INPUT_EXPONENT });
  }

  #weights(weights: Tensor, outputs: number, window: ReturnType<typeof windowOf>): Name {
    const { dims, values } = channelsFirst(weights.read(new Int8Array(weights.count)), outputs, window);
    return this.graph.constant("weights", "int8", dims, values);
  }

  /** Bytes within bounds of int8 values, of so many bits. */
  #within(bytes: Name, low: number, bits: number): Name {
    const limit = 2 ** (bits - 1) - 1;
    const bounds = [clip(low, limit), limit].map((value) => this.graph.byte(ZERO_POINT + value));
    return this.graph.operator("Clip", [bytes, ...bounds], {}, "y");
  }

  /** y = quantize(max(conv(x) + bias, low)): a ReLU and the bias behind it are a bound of the result. */
  #convolve(
    { x, weights, y, quantizer, shape: { geometry } }: Words<"int8_conv_forward_quantize">,
    bias: number,
    low: number,
  ): void {
    const { graph } = this, from = this.#of(x), window = windowOf(geometry, from.shape);
    const own = this.#weights(weights, geometry.outputs, window), exponent = this.#exponents.get(y)!;
    const zero = graph.byte(ZERO_POINT), sums = from.exponent + weights.exponent;
    const steps = clip(Math.floor(bias * 2 ** (BIAS_EXPONENT - sums) + 0.5), MOST_BIAS);
    const biases = graph.constant("bias", "int32", [geometry.outputs], new Array(geometry.outputs).fill(steps));
    const noZero = graph.constant("zero", "int8", [], [0]);
    const operands = [from.bytes, this.#scale(from.exponent), zero, own, this.#scale(weights.exponent), noZero];
    const result = [this.#scale(exponent), zero, biases];
    const bytes = graph.operator("QLinearConv", [...operands, ...result], window.attributes);
    const least = Math.floor(low * 2 ** (BIAS_EXPONENT - exponent) + 0.5);
    this.#activations.set(y, {
      bytes: this.#within(bytes, least, fixed(quantizer.bits)),
      shape: outputOf(geometry),
      exponent,
    });
  }

  convActivate(words: Words<"int8_conv_forward_activate">): void {
    const [before = 0] = scalarsOf(words.scalars, words.bias_before);
    const [behind = 0] = scalarsOf(words.scalars, words.bias_behind);
    this.#convolve(words, before + behind, behind);
  }

  convQuantize(words: Words<"int8_conv_forward_quantize">): void {
    this.#convolve(words, 0, -Infinity);
  }

  #floats({ bytes, exponent }: Activation): Name {
    return this.graph.operator("DequantizeLinear", [bytes, this.#scale(exponent), this.graph.byte(ZERO_POINT)]);
  }

  #quantized(y: Tensor, floats: Name, shape: ImageShape, bits: number): void {
    const exponent = this.#exponents.get(y)!, operands = [floats, this.#scale(exponent), this.graph.byte(ZERO_POINT)];
    const bytes = this.#within(this.graph.operator("QuantizeLinear", operands), -Infinity, bits);
    this.#activations.set(y, { bytes, shape, exponent });
  }

  /** y = quantize(x + bias). */
  addBias({ x, scalars, bias, quantizer, y }: Words<"int8_add_bias">): void {
    const from = this.#of(x), [q = 0] = scalarsOf(scalars, bias);
    const sum = this.graph.operator("Add", [this.#floats(from), this.#float("bias", q * 2 ** BIAS_EXPONENT)]);
    this.#quantized(y, sum, from.shape, fixed(quantizer.bits));
  }

  /** y = every stride-th pixel of x with channels of zeros behind its own. */
  shortcut({ x, y, shape: { geometry } }: Words<"int8_shortcut">): void {
    const from = this.#of(x), bytes = strided(this.graph, from.bytes, geometry, this.graph.byte(ZERO_POINT));
    this.#activations.set(y, { ...from, bytes, shape: outputOf(geometry) });
  }

  /** y = quantize(relu(z * scale + bias + shortcut)). */
  residual({ z, shortcut, scalars, scale, bias, quantizer, y }: Words<"int8_residual">): void {
    const { graph } = this,
      branch = this.#of(z),
      [s = 0] = scalarsOf(scalars, scale),
      [b = 0] = scalarsOf(scalars, bias);
    const scaled = graph.operator("Mul", [this.#floats(branch), this.#float("scale", s * 2 ** SCALE_EXPONENT)]);
    const joined = graph.operator("Add", [scaled, this.#floats(this.#of(shortcut))]);
    const sum = graph.operator("Relu", [
      graph.operator("Add", [joined, this.#float("bias", b * 2 ** BIAS_EXPONENT)]),
    ]);
    this.#quantized(y, sum, branch.shape, fixed(quantizer.bits));
  }

  /** y = quantize(mean of the pixels + bias). */
  pool({ x, scalars, bias, quantizer, y }: Words<"int8_pool">): void {
    const from = this.#of(x), [q = 0] = scalarsOf(scalars, bias);
    const mean = this.graph.operator("GlobalAveragePool", [this.#floats(from)]);
    const sum = this.graph.operator("Add", [mean, this.#float("bias", q * 2 ** BIAS_EXPONENT)]);
    this.#quantized(y, sum, { ...from.shape, height: 1, width: 1 }, fixed(quantizer.bits));
  }

  /** y = the largest of each window. */
  maxPool({ x, y, shape: { geometry } }: Words<"int8_max_pool">): void {
    const from = this.#of(x), { attributes } = windowOf(geometry, from.shape);
    const bytes = this.graph.operator("MaxPool", [from.bytes], attributes, "y");
    this.#activations.set(y, { ...from, bytes, shape: outputOf(geometry) });
  }

  /** The classifier: exact sums, and the logits (images, classes) as floats. */
  classify({ x, weights, scalars, bias, biases, shape: { geometry } }: Words<"int8_conv_forward">): void {
    const { graph } = this, from = this.#of(x), window = windowOf(geometry, from.shape), { outputs } = geometry;
    const own = this.#weights(weights, outputs, window),
      zeros = [graph.byte(ZERO_POINT), graph.constant("zero", "int8", [], [0])];
    const sums = graph.operator("ConvInteger", [from.bytes, own, ...zeros], window.attributes);
    const floats = graph.operator("Cast", [sums], { to: 1 });
    const values = graph.operator("Mul", [floats, this.#scale(from.exponent + weights.exponent)]);
    const offsets = Float32Array.from(scalarsOf(scalars, bias, fixed(biases)), (q) => q * 2 ** BIAS_EXPONENT);
    const logits = graph.operator("Add", [values, graph.constant("bias", "float", [1, outputs, 1, 1], offsets)]);
    this.#logits = graph.operator("Reshape", [logits, graph.integers([-1, outputs])]);
  }

  /** What {@linkcode StaticCalls.classify} came to. */
  get logits(): Name | undefined {
    return this.#logits;
  }
}
