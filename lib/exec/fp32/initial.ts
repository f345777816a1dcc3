/**
 * Initial weights of convolutions.
 *
 * @module
 */

import { branchEnds, type ConvPlan, type Plan } from "../../plan/plan.ts";
import { normal } from "./random.ts";

/** Standard deviation of a convolution's initial weights. */
export type Sigma = (conv: ConvPlan) => number;

/** That of He et al. for ReLU, by fan out (arXiv 1502.01852). */
export const heSigma: Sigma = ({ kernel, outputs }) => Math.sqrt(2 / (kernel * kernel * outputs));

/** Normal weights of a convolution, from uniform numbers. */
export function gaussian(conv: ConvPlan, sigma: number, source: () => number): Float32Array<ArrayBuffer> {
  const count = conv.kernel * conv.kernel * conv.inputs * conv.outputs;
  return sigma === 0 ? new Float32Array(count) : normal(source, count, sigma);
}

/**
 * Those of Fixup (arXiv 1901.09321, section 3): in a branch He's times
 * L^(-1/(2m-2)) for L blocks of m convolutions, the last of them 0, and outside
 * by fan in. A network without blocks is He's by fan in.
 */
export function fixupSigma(plan: Plan): Sigma {
  const blocks = plan.layers.flatMap((layer) => layer.kind === "block" ? [layer.block] : []);
  const branch = new Map(blocks.flatMap((block): [string, number][] => {
    const shrink = blocks.length ** (-1 / (2 * block.convs.length - 2));
    const { last } = branchEnds(block);
    return block.convs.map((conv) => [conv.name, conv === last ? 0 : heSigma(conv) * shrink]);
  }));
  const projections = new Set(blocks.map(({ shortcut }) => shortcut.kind === "projection" ? shortcut.conv.name : ""));
  const gain = blocks.length > 0 ? 1 : 2;
  return (conv) =>
    branch.get(conv.name) ??
      (projections.has(conv.name) ? heSigma(conv) : Math.sqrt(gain / (conv.kernel * conv.kernel * conv.inputs)));
}
