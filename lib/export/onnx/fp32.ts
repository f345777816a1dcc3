/**
 * The calls of fp32 inference as ONNX operators: the same formulas in floats,
 * whose sums another program may add in another order. Activations have
 * channels first.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { Number, Words } from "../../native/words.ts";
import type { ImageShape } from "../../plan/plan.ts";
import type { Graph, Name } from "./graph.ts";
import { fixed } from "./int8.ts";
import { channelsFirst, outputOf, strided, windowOf } from "./shapes.ts";

/** Steps of the input: pixels / 64. */
const PIXEL_STEPS = 1 / 64;

/** A tensor (images, channels, rows, columns). */
interface Activation {
  readonly name: Name;
  readonly shape: ImageShape;
}

/** Writes calls down as operators. */
export class Fp32Calls {
  readonly graph: Graph;
  readonly #activations = new Map<Tensor, Activation>();

  constructor(graph: Graph) {
    this.graph = graph;
  }

  #of(tensor: Tensor): Activation {
    const value = this.#activations.get(tensor);
    if (value === undefined) throw new TypeError("a call reads what none before it wrote");
    return value;
  }

  #constant(what: string, values: ArrayLike<number>, dims: readonly number[] = [values.length]): Name {
    return this.graph.constant(what, "float", dims, values);
  }

  #values(tensor: Tensor): Float32Array {
    return tensor.read(new Float32Array(tensor.count));
  }

  /** Bytes (images, rows, columns, channels) as the first activation. */
  input(images: Name, shape: ImageShape, { offset, x }: Words<"fp32_from_uint8">): void {
    const { graph } = this, less = fixed(offset);
    const planes = graph.operator("Transpose", [images], { perm: [0, 3, 1, 2] });
    const floats = graph.operator("Cast", [planes], { to: 1 });
    const steps = less === 0
      ? graph.operator("Floor", [graph.operator("Mul", [floats, this.#constant("half", [0.5], [])])])
      : graph.operator("Sub", [floats, this.#constant("offset", [less], [])]);
    const name = graph.operator("Mul", [steps, this.#constant("steps", [PIXEL_STEPS], [])], {}, "y");
    this.#activations.set(x, { name, shape });
  }

  /** y = conv(x). */
  convolve({ x, weights, y, shape: { geometry } }: Words<"fp32_conv_forward">): void {
    const from = this.#of(x), window = windowOf(geometry, from.shape);
    const { dims, values } = channelsFirst(this.#values(weights), geometry.outputs, window);
    const operands = [from.name, this.#constant("weights", values, dims)];
    const name = this.graph.operator("Conv", operands, window.attributes, "sums");
    this.#activations.set(y, { name, shape: outputOf(geometry) });
  }

  #finish(y: Tensor, shape: ImageShape, value: Name, relu: boolean): void {
    this.#activations.set(y, { name: relu ? this.graph.operator("Relu", [value], {}, "y") : value, shape });
  }

  /** y = relu(batchnorm(x) + residual). */
  normalize(words: Words<"fp32_batchnorm_relu_inference">): void {
    const { x, residual, gamma, beta, running_mean: mean, running_variance: variance, relu, epsilon, y } = words;
    const { graph } = this, from = this.#of(x);
    const constant = (what: string, tensor: Tensor) => this.#constant(what, this.#values(tensor));
    const statistics = [constant("mean", mean), constant("variance", variance)];
    const operands = [from.name, constant("gamma", gamma), constant("beta", beta), ...statistics];
    const normal = graph.operator("BatchNormalization", operands, { epsilon: { float: fixed(epsilon) } });
    const sum = residual === undefined ? normal : graph.operator("Add", [normal, this.#of(residual).name]);
    this.#finish(y, from.shape, sum, fixed(relu) === 1);
  }

  /** y = relu(x scale + before + residual - less) + behind. */
  fixupRelu({ x, residual, scalars, scale, before, less, behind, y }: Words<"fp32_fixup_relu_forward">): void {
    const { graph } = this, from = this.#of(x), all = this.#values(scalars);
    const scalar = (what: string, index: Number) =>
      fixed(index) < 0 ? undefined : this.#constant(what, [all[fixed(index)]!], []);
    const apply = (operator: string, a: Name, b: Name | undefined) =>
      b === undefined ? a : graph.operator(operator, [a, b]);
    const scaled = apply("Add", apply("Mul", from.name, scalar("scale", scale)), scalar("bias_before", before));
    const joined = apply("Add", scaled, residual && this.#of(residual).name);
    const positive = graph.operator("Relu", [apply("Sub", joined, scalar("bias_less", less))]);
    this.#finish(y, from.shape, apply("Add", positive, scalar("bias_behind", behind)), false);
  }

  /** y = every stride-th pixel of x with channels of zeros behind its own. */
  shortcut({ x, y, shape: { geometry } }: Words<"fp32_shortcut_forward">): void {
    const name = strided(this.graph, this.#of(x).name, geometry, this.#constant("zero", [0], []));
    this.#activations.set(y, { name, shape: outputOf(geometry) });
  }

  /** y = the largest of each window. */
  maxPool({ x, y, shape: { geometry } }: Words<"fp32_max_pool_forward">): void {
    const from = this.#of(x), { attributes } = windowOf(geometry, from.shape);
    const name = this.graph.operator("MaxPool", [from.name], attributes, "y");
    this.#activations.set(y, { name, shape: outputOf(geometry) });
  }

  /** y = the mean of all pixels. */
  pool({ x, y }: Words<"fp32_pool_forward">): void {
    const from = this.#of(x), name = this.graph.operator("GlobalAveragePool", [from.name], {}, "y");
    this.#activations.set(y, { name, shape: { ...from.shape, height: 1, width: 1 } });
  }

  /** y += bias. */
  addBias({ y, bias }: Words<"fp32_bias_forward">): void {
    const from = this.#of(y), values = this.#values(bias);
    const name = this.graph.operator("Add", [from.name, this.#constant("bias", values, [1, values.length, 1, 1])]);
    this.#activations.set(y, { ...from, name });
  }

  /** The logits (images, classes). */
  logits(tensor: Tensor): Name {
    const { name, shape } = this.#of(tensor);
    return this.graph.operator("Reshape", [name, this.graph.integers([-1, shape.channels])]);
  }
}
