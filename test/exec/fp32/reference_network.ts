/**
 * The batch-norm network in double precision, composed from the reference
 * layers by the plan; weights by the names of the state.
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
  normalize,
  pool,
  relu,
  type Shape,
  shortcut,
} from "../../kernels/fp32/reference.ts";

const EPSILON = 1e-5;

/** Values of the state's entries. */
export type Weights = ReadonlyMap<string, Float64Array>;

function shapeOf({ height, width, inputs, outputs, kernel, stride, padding }: ConvPlan, n: number): Shape {
  return { n, h: height, w: width, c: inputs, k: outputs, kernel, stride, pad: padding };
}

/** Mean cross-entropy of a batch, with the statistics of the batch or, for inference, the running ones. */
export function referenceLoss(
  plan: Plan,
  weights: Weights,
  images: Uint8Array,
  labels: Int16Array,
  statistics: "batch" | "running",
): number {
  const n = labels.length;
  const at = (name: string) => weights.get(name)!;
  const unit = (conv: ConvPlan, x: Float64Array, residual?: Float64Array) => {
    const convolved = convolution(x, at(`${conv.name}.weights`), shapeOf(conv, n));
    const norm = (part: string) => at(`${conv.name}.norm.${part}`);
    const inputs = { x: convolved, gamma: norm("gamma"), beta: norm("beta"), residual };
    return relu(
      statistics === "batch"
        ? batchNorm(inputs, EPSILON)
        : normalize(inputs, norm("runningMean"), norm("runningVariance"), EPSILON),
    );
  };
  const block = (plan: BlockPlan, x: Float64Array) => {
    const { first, last } = branchEnds(plan);
    const padded = { ...shapeOf(first, n), k: last.outputs, kernel: 1, stride: blockStride(plan), pad: 0 };
    const across = plan.shortcut.kind === "pad" ? shortcut(x, padded) : x;
    return unit(last, plan.convs.slice(0, -1).reduce((y, conv) => unit(conv, y), x), across);
  };
  const layer = (x: Float64Array, each: LayerPlan) => {
    if (each.kind === "conv") return unit(each.conv, x);
    if (each.kind === "block") return block(each.block, x);
    if (each.kind === "average-pool") return pool(x, each.input.height * each.input.width, each.input.channels);
    throw new RangeError(`no reference of ${each.kind}`);
  };
  const pixels = Float64Array.from(images, (byte) => (byte >> 1) / 64);
  const { classifier } = plan;
  const pooled = plan.layers.reduce(layer, pixels);
  const products = convolution(pooled, at(`${classifier.name}.weights`), shapeOf(classifier, n));
  return crossEntropy(addBias(products, at(`${classifier.name}.bias`)), labels, plan.classes) / n;
}
