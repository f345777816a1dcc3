/**
 * The fp32 networks in double precision, composed from the reference layers by
 * the plan; weights by the names of the state.
 *
 * @module
 */

import {
  type BlockPlan,
  blockStride,
  branchEnds,
  type ConvPlan,
  type LayerPlan,
  type Plan,
} from "../../../lib/plan/plan.ts";
import {
  addBias,
  batchNorm,
  convolution,
  crossEntropy,
  maxPool,
  normalize,
  pool,
  relu,
  type Shape,
  shortcut,
} from "../../kernels/fp32/reference.ts";

const EPSILON = 1e-5;

/** Values of the state's entries. */
export type Weights = ReadonlyMap<string, Float64Array>;

/** What a method does around a convolution. */
export interface Norm {
  /** In front of a branch's convolutions, and of the classifier behind a pool. */
  before(x: Float64Array): Float64Array;
  behind(y: Float64Array, conv: ConvPlan): Float64Array;
  /** Behind the last convolution of a branch, before the sum. */
  behindBranch(y: Float64Array, conv: ConvPlan): Float64Array;
  /** Behind a projection. */
  behindProjection(y: Float64Array, conv: ConvPlan): Float64Array;
}

/** Batch norm with the statistics of the batch or, for inference, the running ones. */
export function referenceBatchNorm(weights: Weights, statistics: "batch" | "running"): Norm {
  const behind = (x: Float64Array, { name }: ConvPlan) => {
    const part = (which: string) => weights.get(`${name}.norm.${which}`)!;
    const inputs = { x, gamma: part("gamma"), beta: part("beta") };
    return statistics === "batch"
      ? batchNorm(inputs, EPSILON)
      : normalize(inputs, part("runningMean"), part("runningVariance"), EPSILON);
  };
  return { before: (x) => x, behind, behindBranch: behind, behindProjection: behind };
}

/** Fixup: the scalars in the order in which they are met, multipliers behind all biases. */
export function referenceFixup(weights: Weights, plan: Plan): Norm {
  const scalars = weights.get("scalars")!;
  const blocks = plan.layers.filter((layer) => layer.kind === "block").length;
  let bias = 0, scale = scalars.length - blocks;
  const add = (x: Float64Array) => {
    const summand = scalars[bias++]!;
    return x.map((value) => value + summand);
  };
  return {
    before: add,
    behind: add,
    behindBranch: (y) => {
      const factor = scalars[scale++]!;
      return add(y.map((value) => value * factor));
    },
    behindProjection: (y) => y,
  };
}

function shapeOf({ height, width, inputs, outputs, kernel, stride, padding }: ConvPlan, n: number): Shape {
  return { n, h: height, w: width, c: inputs, k: outputs, kernel, stride, pad: padding };
}

/** Runs n images through layers one by one, which a Fixup norm must meet in their order. */
export function referenceLayers(weights: Weights, norm: Norm, n: number) {
  const convolve = (x: Float64Array, conv: ConvPlan) => {
    return convolution(x, weights.get(`${conv.name}.weights`)!, shapeOf(conv, n));
  };
  const around = (x: Float64Array, u: Float64Array, plan: BlockPlan) => {
    const { first, last } = branchEnds(plan);
    const padded = { ...shapeOf(first, n), k: last.outputs, kernel: 1, stride: blockStride(plan), pad: 0 };
    switch (plan.shortcut.kind) {
      case "identity":
        return x;
      case "pad":
        return shortcut(u, padded);
      case "projection":
        return norm.behindProjection(convolve(u, plan.shortcut.conv), plan.shortcut.conv);
    }
  };
  const block = (x: Float64Array, plan: BlockPlan) => {
    const { last } = branchEnds(plan);
    const u = norm.before(x);
    let y = u;
    for (const conv of plan.convs.slice(0, -1)) y = norm.before(relu(norm.behind(convolve(y, conv), conv)));
    const branch = norm.behindBranch(convolve(y, last), last);
    const across = around(x, u, plan);
    return relu(branch.map((value, i) => value + across[i]!));
  };
  const run = (x: Float64Array, layer: LayerPlan): Float64Array => {
    switch (layer.kind) {
      case "conv":
        return relu(norm.behind(convolve(x, layer.conv), layer.conv));
      case "block":
        return block(x, layer.block);
      case "average-pool":
        return norm.before(pool(x, layer.input.height * layer.input.width, layer.input.channels));
      case "max-pool":
        return maxPool(x, shapeOf({ ...layer.pool, inputs: layer.pool.channels, outputs: layer.pool.channels }, n)).y;
      case "flatten":
        return x;
    }
  };
  return { convolve, run };
}

/** The numbers of pixels. */
export function pixelsOf(images: Uint8Array): Float64Array {
  return Float64Array.from(images, (byte) => (byte >> 1) / 64);
}

/** Mean cross-entropy of a batch. */
export function referenceLoss(
  plan: Plan,
  weights: Weights,
  norm: Norm,
  images: Uint8Array,
  labels: Int16Array,
): number {
  const n = labels.length;
  const { convolve, run } = referenceLayers(weights, norm, n);
  const { classifier } = plan;
  const products = convolve(plan.layers.reduce(run, pixelsOf(images)), classifier);
  return crossEntropy(addBias(products, weights.get(`${classifier.name}.bias`)!), labels, plan.classes) / n;
}
