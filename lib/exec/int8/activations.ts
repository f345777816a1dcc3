/**
 * The tensors that flow through an EOQ network for batches of up to a given
 * size: activations and ReLU masks that the backward pass needs again, and
 * shared buffers for everything else.
 *
 * @module
 */

import type { Library } from "../../native/library.ts";
import { Tensor, type TensorType } from "../../native/tensor.ts";
import { convolutions, type ConvPlan, outputSize, type Plan } from "../../plan/plan.ts";
import { residualNetwork } from "../../plan/residual.ts";

/** What one block keeps. */
export interface BlockActivations {
  /** Input plus bias: what the first convolution and a changed shortcut read. */
  readonly u: Tensor;
  /** What the second convolution reads. */
  readonly v: Tensor;
  /** The second convolution's output. */
  readonly z: Tensor;
  readonly output: Tensor;
  /** Strided and widened u; absent where the block keeps its shape. */
  readonly shortcut: Tensor | undefined;
  /** Sign of the values before each ReLU; absent in inference. */
  readonly mask1: Tensor | undefined;
  readonly mask2: Tensor | undefined;
}

/** Buffers that only training needs. */
export interface ErrorBuffers {
  /** int8 errors: of the current tensor, of the branch behind and between its convolutions, of the next tensor. */
  readonly current: Tensor;
  readonly branch: Tensor;
  readonly inner: Tensor;
  readonly next: Tensor;
  /** Where a convolution's weight gradients go: int32, or int64 where a batch could overflow that. */
  readonly gradients: (conv: ConvPlan) => Tensor;
  /** A sum and its exponent for each scalar. */
  readonly scalars: Tensor;
}

/** Sums of this many products of int8 always fit int32 (kernels/int8/number.h). */
const MAX_INT32_PRODUCTS = 133144;

/** Elements of a convolution's input and output for one image. */
function elements(conv: ConvPlan): { input: number; output: number } {
  const { height, width } = outputSize(conv);
  return { input: conv.height * conv.width * conv.inputs, output: height * width * conv.outputs };
}

/** Whether sums of the weight gradients can pass int32 at this batch. */
export function needsWideGradients(conv: ConvPlan, batch: number): boolean {
  const { height, width } = outputSize(conv);
  return batch * height * width > MAX_INT32_PRODUCTS;
}

/** Activations of a network for batches of up to `batch` images. */
export class Activations {
  readonly batch: number;
  readonly images: Tensor;
  readonly labels: Tensor;
  readonly input: Tensor;
  readonly stem: Tensor;
  readonly stemMask: Tensor | undefined;
  readonly blocks: readonly BlockActivations[];
  readonly poolSums: Tensor;
  readonly pooled: Tensor;
  /** int32 results of convolutions, one at a time. */
  readonly sums: Tensor;
  /** Loss and correct count. */
  readonly metrics: Tensor;
  /** Present when the network trains. */
  readonly errors: ErrorBuffers | undefined;
  readonly #tensors: Tensor[] = [];

  constructor(library: Library, plan: Plan, batch: number, training: boolean, scalars: number) {
    const tensor = (type: TensorType, count: number): Tensor => {
      const created = new Tensor(library, type, count);
      this.#tensors.push(created);
      return created;
    };
    const mask = (count: number) => training ? tensor("bits", count) : undefined;
    const all = convolutions(plan);
    const widest = batch * Math.max(...all.map(elements).flatMap(({ input, output }) => [input, output]));
    const network = residualNetwork(plan);
    this.batch = batch;
    const stem = batch * elements(network.stem).output;
    this.images = tensor("uint8", batch * elements(network.stem).input);
    this.labels = tensor("int16", batch);
    this.input = tensor("int8", batch * elements(network.stem).input);
    this.stem = tensor("int8", stem);
    this.stemMask = mask(stem);
    this.blocks = network.blocks.map((block): BlockActivations => {
      const input = batch * elements(block.conv1).input;
      const inner = batch * elements(block.conv1).output;
      const output = batch * elements(block.conv2).output;
      return {
        u: tensor("int8", input),
        v: tensor("int8", inner),
        z: tensor("int8", output),
        output: tensor("int8", output),
        shortcut: block.changesShape ? tensor("int8", output) : undefined,
        mask1: mask(inner),
        mask2: mask(output),
      };
    });
    this.poolSums = tensor("int32", batch * plan.classifier.inputs);
    this.pooled = tensor("int8", batch * plan.classifier.inputs);
    this.sums = tensor("int32", widest);
    this.metrics = tensor("int64", 2);
    this.errors = training ? errorBuffers(tensor, all, batch, widest, scalars) : undefined;
  }

  /** Bytes of all tensors. */
  get byteLength(): number {
    return this.#tensors.reduce((bytes, tensor) => bytes + tensor.byteLength, 0);
  }

  /** Frees the native memory. */
  close(): void {
    for (const tensor of this.#tensors) tensor.close();
  }
}

function errorBuffers(
  tensor: (type: TensorType, count: number) => Tensor,
  all: readonly ConvPlan[],
  batch: number,
  widest: number,
  scalars: number,
): ErrorBuffers {
  const largest = (wide: boolean) =>
    Math.max(
      0,
      ...all.filter((conv) => needsWideGradients(conv, batch) === wide)
        .map((conv) => conv.outputs * conv.kernel * conv.kernel * conv.inputs),
    );
  const buffer = (type: TensorType, count: number) => count > 0 ? tensor(type, count) : undefined;
  const narrow = buffer("int32", largest(false));
  const wide = buffer("int64", largest(true));
  return {
    current: tensor("int8", widest),
    branch: tensor("int8", widest),
    inner: tensor("int8", widest),
    next: tensor("int8", widest),
    gradients: (conv) => (needsWideGradients(conv, batch) ? wide : narrow)!,
    scalars: tensor("int64", 2 * scalars),
  };
}
