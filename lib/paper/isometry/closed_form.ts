/**
 * What theory says of phi(J J^T) of the blocks of a residual network at its
 * initialization, to be held against probes.
 *
 * A block is relu(B(x) + S x) with x behind a ReLU, a branch B of convolutions
 * with ReLUs between them, and a shortcut S that is the identity or appends
 * zero channels. With D the mask of the last ReLU, J = D (J_B + S). Weights
 * have mean zero, so the two do not interfere:
 *
 *   phi(J J^T) = mean over the outputs of p (phi_B + s)
 *
 * where p is the probability that an output is alive and s is 1 for outputs
 * with a shortcut, 0 for appended channels. J J^T is n x n for n outputs; the
 * phi of a chain of independent blocks is then the product of theirs (Chen et
 * al., arXiv 1912.13164).
 *
 * - He, fan out (variance 2 / (k k c_out)), no norm: phi of a convolution is
 *   2 c_in / c_out, that of a ReLU between is 1/2, and the power of the branch
 *   is that of x times the same phi_B. Taps on the padding are left out, which
 *   is exact for pairs of convolutions.
 * - Batch norm divides by the deviation of a channel: v = 1/2 - 1/(2 pi)
 *   behind a ReLU of normal values, V (that of x) in front of the branch. The
 *   fan cancels: phi_B = (1/V) (1 / (2 v))^(m - 1) for m convolutions; the
 *   branch is normal with variance 1. Padding and the two projections of the
 *   norm's Jacobian (2 / (images * pixels)) are left out.
 * - Fixup: the last convolution is zero, and so are phi_B and the branch.
 *
 * x starts as a rectified normal (random images, random stem) and goes from
 * block to block by {@linkcode Rectified.plusNormal}; channels that were
 * appended as zeros have a distribution of their own. Assumed: wide layers,
 * masks independent of weights, branches independent of x. Where blocks share
 * their masks, as at Fixup's initialization, the product rule does not hold.
 *
 * @module
 */

import { type BlockPlan, branchEnds, type ConvPlan, outputSize, type Plan } from "../../plan/plan.ts";
import { Rectified } from "./rectified.ts";

/** Normalizations that the experiment compares: batch norm, Fixup, and He's initialization without either. */
export const NORMS = ["bn", "fixup", "none"] as const;

/** How a network is normalized. */
export type Norm = typeof NORMS[number];

/** Variance of a rectified standard normal. */
const RECTIFIED_VARIANCE = 1 / 2 - 1 / (2 * Math.PI);

/** Channels with one distribution. */
interface Group {
  /** Of all channels. */
  readonly share: number;
  readonly values: Rectified;
  /** Whether the block's shortcut reaches them. */
  readonly carried: boolean;
}

/** Sum over groups by their share. */
function average(groups: readonly Group[], value: (group: Group) => number): number {
  return groups.reduce((sum, group) => sum + group.share * value(group), 0);
}

/** A block's phi of the branch, and the standard deviation of what the branch adds. */
interface Branch {
  readonly phi: number;
  readonly sigma: number;
}

/** How often the window of output `o` meets the image, for one direction. */
function taps({ height, kernel, stride, padding }: ConvPlan, o: number): number {
  const first = o * stride - padding;
  return Math.min(height, first + kernel) - Math.max(0, first);
}

/** How often outputs of the second convolution's windows read an output of the first, for one direction. */
function readers(conv: ConvPlan, at: number): number {
  const { height } = outputSize(conv);
  return Array.from({ length: height }, (_, o) => o * conv.stride - conv.padding)
    .filter((first) => at >= first && at < first + conv.kernel).length;
}

/** Share of the pairs of taps of two convolutions in a row that the padding leaves. */
export function pairsInside(first: ConvPlan, second: ConvPlan): number {
  const inner = outputSize(first).height;
  const outer = outputSize(second).height;
  let pairs = 0;
  for (let at = 0; at < inner; at++) pairs += readers(second, at) * taps(first, at);
  return (pairs / (outer * first.kernel * second.kernel)) ** 2;
}

function branchOf({ convs }: BlockPlan, norm: Norm, groups: readonly Group[]): Branch {
  switch (norm) {
    case "fixup":
      return { phi: 0, sigma: 0 };
    case "bn": {
      const variance = average(groups, ({ values }) => values.power - values.mean ** 2);
      return { phi: (2 * RECTIFIED_VARIANCE) ** (1 - convs.length) / variance, sigma: 1 };
    }
    case "none": {
      const power = average(groups, ({ values }) => values.power);
      const fans = convs.reduce((product, conv) => product * 2 * conv.inputs / conv.outputs, 1);
      const phi = fans * 2 ** (1 - convs.length) * pairsInside(convs[0]!, convs[1]!);
      return { phi, sigma: Math.sqrt(power * phi) };
    }
  }
}

/** The groups of a block's input as its outputs see them through the shortcut. */
function throughShortcut(block: BlockPlan, groups: readonly Group[]): Group[] {
  const { first, last } = branchEnds(block);
  const kept = first.inputs / last.outputs;
  const carried = groups.map((group) => ({ ...group, share: group.share * kept, carried: true }));
  return kept === 1 ? carried : [...carried, { share: 1 - kept, values: Rectified.nothing(), carried: false }];
}

/** phi(J J^T) by block, in forward order. @throws {RangeError} when a block is not of two convolutions with option A. */
export function expectedPhis({ layers }: Plan, norm: Norm): number[] {
  const blocks = layers.flatMap((layer) => layer.kind === "block" ? [layer.block] : []);
  let groups: Group[] = [{ share: 1, values: Rectified.nothing().plusNormal(1), carried: true }];
  return blocks.map((block) => {
    if (block.convs.length !== 2 || block.shortcut.kind === "projection") {
      throw new RangeError(`${block.name}: the closed form is one of basic blocks without projections`);
    }
    const { phi, sigma } = branchOf(block, norm, groups);
    groups = throughShortcut(block, groups).map((group) => ({ ...group, values: group.values.plusNormal(sigma) }));
    return average(groups, ({ values, carried }) => (1 - values.zero) * (phi + (carried ? 1 : 0)));
  });
}
