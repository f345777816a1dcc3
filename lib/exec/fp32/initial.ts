/**
 * Initial weights of convolutions.
 *
 * @module
 */

import { convolutions, type ConvPlan, type Plan } from "../../plan/plan.ts";
import { residualNetwork } from "../../plan/residual.ts";
import { normal } from "./random.ts";

/** Standard deviation of He et al. for ReLU, by fan out (arXiv 1502.01852). */
export function heSigma({ kernel, outputs }: ConvPlan): number {
  return Math.sqrt(2 / (kernel * kernel * outputs));
}

/** Normal weights of a convolution, from uniform numbers. */
export function gaussian(
  { kernel, inputs, outputs }: ConvPlan,
  sigma: number,
  source: () => number,
): Float32Array<ArrayBuffer> {
  const count = kernel * kernel * inputs * outputs;
  return sigma === 0 ? new Float32Array(count) : normal(source, count, sigma);
}

/** Standard deviations of He et al. by the convolution's name. */
export function heSigmas(plan: Plan): Map<string, number> {
  return new Map(convolutions(plan).map((conv) => [conv.name, heSigma(conv)]));
}

/**
 * Standard deviations of Fixup (arXiv 1901.09321, section 3) by the
 * convolution's name: the stem by fan in, in a branch He's times
 * L^(-1/(2m-2)) for L blocks of m convolutions, the last of them 0.
 */
export function fixupSigmas(plan: Plan): Map<string, number> {
  const { stem, blocks } = residualNetwork(plan);
  const shrink = 1 / Math.sqrt(blocks.length); // L^(-1/(2m-2)) for m = 2
  return new Map([
    [stem.name, 1 / Math.sqrt(stem.kernel * stem.kernel * stem.inputs)],
    ...blocks.flatMap(({ conv1, conv2 }): [string, number][] => [
      [conv1.name, heSigma(conv1) * shrink],
      [conv2.name, 0],
    ]),
  ]);
}
