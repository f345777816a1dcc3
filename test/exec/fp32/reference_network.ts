/**
 * The batch-norm network in double precision, composed from the reference
 * layers by the plan; weights by the names of the state.
 *
 * @module
 */

import { type BlockPlan, changesShape, type ConvPlan, outputSize, type Plan } from "../../../lib/plan/plan.ts";
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
  labels: Uint8Array,
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
  const block = ({ conv1, conv2, ...rest }: BlockPlan, x: Float64Array) => {
    const projected = { ...shapeOf(conv1, n), k: conv2.outputs, kernel: 1, pad: 0 };
    const across = changesShape({ conv1, conv2, ...rest }) ? shortcut(x, projected) : x;
    return unit(conv2, unit(conv1, x), across);
  };
  const pixels = Float64Array.from(images, (byte) => (byte >> 1) / 64);
  const features = plan.blocks.reduce((x, each) => block(each, x), unit(plan.stem, pixels));
  const last = outputSize(plan.blocks.at(-1)?.conv2 ?? plan.stem);
  const { classifier } = plan;
  const pooled = pool(features, last.height * last.width, classifier.inputs);
  const products = convolution(pooled, at(`${classifier.name}.weights`), shapeOf(classifier, n));
  return crossEntropy(addBias(products, at(`${classifier.name}.bias`)), labels, plan.classes) / n;
}
