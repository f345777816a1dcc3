/**
 * The fp32 networks in double precision, composed from the reference layers by
 * the plan; weights by the names of the state.
 *
 * @module
 */

import { type BlockPlan, blockStride, branchEnds, type ConvPlan, type Plan } from "../../../lib/plan/plan.ts";
import {
  addBias,
  batchNorm,
  convolution,
  crossEntropy,
  normalize,
  pool,
  relu,
  type Shape,
  shortcut,
} from "../../kernels/fp32/reference.ts";

const EPSILON = 1e-5;

/** Values of the state's entries. */
export type Weights = ReadonlyMap<string, Float64Array>;

/** What a method does before and behind a convolution. */
export interface Norm {
  before(x: Float64Array): Float64Array;
  behind(y: Float64Array, conv: ConvPlan): Float64Array;
  /** Behind the last convolution of a branch, before the sum. */
  behindBranch(y: Float64Array, conv: ConvPlan): Float64Array;
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
  return { before: (x) => x, behind, behindBranch: behind };
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
  };
}

function shapeOf({ height, width, inputs, outputs, kernel, stride, padding }: ConvPlan, n: number): Shape {
  return { n, h: height, w: width, c: inputs, k: outputs, kernel, stride, pad: padding };
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
  const convolve = (x: Float64Array, conv: ConvPlan) => {
    return convolution(x, weights.get(`${conv.name}.weights`)!, shapeOf(conv, n));
  };
  const block = (x: Float64Array, plan: BlockPlan) => {
    const { first, last } = branchEnds(plan);
    const u = norm.before(x);
    let y = u;
    for (const conv of plan.convs.slice(0, -1)) y = norm.before(relu(norm.behind(convolve(y, conv), conv)));
    const branch = norm.behindBranch(convolve(y, last), last);
    if (plan.shortcut.kind === "projection") throw new RangeError("no reference of projections");
    const padded = { ...shapeOf(first, n), k: last.outputs, kernel: 1, stride: blockStride(plan), pad: 0 };
    const across = plan.shortcut.kind === "pad" ? shortcut(u, padded) : x;
    return relu(branch.map((value, i) => value + across[i]!));
  };
  let x: Float64Array = Float64Array.from(images, (byte) => (byte >> 1) / 64);
  plan.layers.forEach((layer, i) => {
    switch (layer.kind) {
      case "conv":
        x = relu(norm.behind(convolve(i === 0 ? x : norm.before(x), layer.conv), layer.conv));
        break;
      case "block":
        x = block(x, layer.block);
        break;
      case "average-pool":
        x = pool(x, layer.input.height * layer.input.width, layer.input.channels);
        break;
      default:
        throw new RangeError(`no reference of ${layer.kind}`);
    }
  });
  const { classifier } = plan;
  const products = convolve(norm.before(x), classifier);
  return crossEntropy(addBias(products, weights.get(`${classifier.name}.bias`)!), labels, plan.classes) / n;
}
