/**
 * What theory says of phi(J J^T) of the blocks of a residual network at its
 * initialization, to be held against probes.
 *
 * A block is relu(B(x) + S x) with x behind a ReLU, a branch B of two convolutions
 * with a ReLU between them, and a shortcut S that is the identity or appends
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
 * - Batch norm divides by the deviation of a channel over images and pixels.
 *   The fan of the convolution cancels, what stays is the variance V of its
 *   padded input: phi_B = (1/V_1) (1/V_2) / 2, less the taps on the padding. V_2
 *   is that of rectified standard normals, 1/2 - 1/(2 pi) without padding. The
 *   branch is normal with variance 1. The projections of the norm's Jacobian
 *   (2 / (images * pixels)) and the scatter of V between channels, which makes
 *   the mean of 1/V larger than one over its mean, are left out.
 * - He, weights centred by output channel: `centred.ts`.
 * - Fixup: the last convolution is zero, and so are phi_B and the branch,
 *   whether the others are centred or not.
 *
 * x starts as a rectified normal (random images, random stem) and goes from
 * block to block by {@linkcode Rectified.plusNormal}; channels that were
 * appended as zeros have a distribution of their own. Assumed: wide layers,
 * masks independent of weights, branches independent of x. Where blocks share
 * their masks, as at Fixup's initialization, the product rule does not hold.
 *
 * @module
 */

import type { ProbeNorm as Norm } from "../../exec/fp32/probe.ts";
import { type ConvPlan, outputSize, type Plan } from "../../plan/plan.ts";
import { type BasicBlock, residualNetwork } from "./residual.ts";
import { centredBranchPower, centredShare } from "./centred.ts";
import { Rectified } from "./rectified.ts";

/** Power and squared mean of a rectified standard normal. */
const RECTIFIED = { power: 1 / 2, squaredMean: 1 / (2 * Math.PI) };

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

/**
 * Variance of a channel over the pixels that a convolution's windows see, zeros
 * of the padding among them, in the mean over its taps.
 */
function paddedVariance(conv: ConvPlan, x: { readonly power: number; readonly squaredMean: number }): number {
  const { height } = outputSize(conv);
  const shares = Array.from({ length: conv.kernel }, (_, tap) => {
    const pixels = Array.from({ length: height }, (_, o) => o * conv.stride - conv.padding + tap);
    return pixels.filter((pixel) => pixel >= 0 && pixel < conv.height).length / height;
  });
  const inside = shares.reduce((sum, share) => sum + share, 0) / conv.kernel;
  const squared = shares.reduce((sum, share) => sum + share * share, 0) / conv.kernel;
  return inside ** 2 * x.power - squared ** 2 * x.squaredMean; // squares: rows and columns alike
}

/** phi of two convolutions by He with a ReLU between them. */
function hePhi({ conv1, conv2 }: BasicBlock): number {
  const fans = (2 * conv1.inputs / conv1.outputs) * (2 * conv2.inputs / conv2.outputs);
  return fans / 2 * pairsInside(conv1, conv2);
}

function branchOf(block: BasicBlock, norm: Norm, groups: readonly Group[]): Branch {
  const { conv1, conv2 } = block;
  const power = average(groups, ({ values }) => values.power);
  switch (norm) {
    case "fixup":
      return { phi: 0, sigma: 0 };
    case "bn": {
      const x = { power, squaredMean: average(groups, ({ values }) => values.mean ** 2) };
      const variances = paddedVariance(conv1, x) * paddedVariance(conv2, RECTIFIED);
      return { phi: pairsInside(conv1, conv2) / (2 * variances), sigma: 1 };
    }
    case "none": {
      const phi = hePhi(block);
      return { phi, sigma: Math.sqrt(power * phi) };
    }
    case "centred": {
      const mean = average(groups, ({ values }) => values.mean);
      return {
        phi: hePhi(block) * centredShare(conv1) * centredShare(conv2),
        sigma: Math.sqrt(centredBranchPower(block, { power, mean })),
      };
    }
  }
}

/** The groups of a block's input as its outputs see them through the shortcut. */
function throughShortcut({ conv1, conv2 }: BasicBlock, groups: readonly Group[]): Group[] {
  const kept = conv1.inputs / conv2.outputs;
  const carried = groups.map((group) => ({ ...group, share: group.share * kept, carried: true }));
  return kept === 1 ? carried : [...carried, { share: 1 - kept, values: Rectified.nothing(), carried: false }];
}

/** phi(J J^T) by block, in forward order. @throws {UserError} when the plan is no plain residual network. */
export function expectedPhis(plan: Plan, norm: Norm): number[] {
  let groups: Group[] = [{ share: 1, values: Rectified.nothing().plusNormal(1), carried: true }];
  return residualNetwork(plan).blocks.map((block) => {
    const { phi, sigma } = branchOf(block, norm, groups);
    groups = throughShortcut(block, groups).map((group) => ({ ...group, values: group.values.plusNormal(sigma) }));
    return average(groups, ({ values, carried }) => (1 - values.zero) * (phi + (carried ? 1 : 0)));
  });
}
