/**
 * A branch of two convolutions by He whose weights have mean zero over each
 * output channel, at its initialization.
 *
 * A filter w of n = k k c_in independent normals of variance s^2, less their
 * mean, has the covariance s^2 (I - 1 1^T / n). It is still normal and
 * symmetric, so half of the pre-activations are alive and a mask says nothing
 * of the squares of weights. What changes:
 *
 * - Backward, every weight's variance is s^2 (1 - 1/n), and so phi of a
 *   convolution falls by 1 - 1/n. Two weights of a filter correlate by
 *   -1 / (n - 1); in a branch of two the paths that meet in both filters add a
 *   further share below 9 / (n_1 n_2), which is left out. As a matrix it is one
 *   of independent weights with a column less: all its moments change by 1/n.
 * - Forward, E y^2 = s^2 (|x|^2 - (sum x)^2 / n): n s^2 times the variance of
 *   what the filter reads, over its taps and channels, and no longer its power.
 *   Of a rectified normal that is 1/2 - 1/(2 pi) in the place of 1/2, a factor
 *   of 1 - 1/pi = 0.68 a convolution. Channels are averaged before they are
 *   squared: batch norm, channel by channel, has the mean of the squares there.
 * - A window with a share r of its taps on the image reads zeros on the others:
 *   its variance is r P - r^2 M^2 for a power P and a mean M, which at a border
 *   is more than r times that inside. A window at a corner of a 3x3 convolution
 *   has r = 4/9.
 *
 * So a gradient comes back as from He's weights while the branch is weaker: the
 * step that batch norm makes up for by dividing by that same deviation. Assumed
 * beside what the closed form assumes: a window's mean is that of the
 * distribution (wide layers; the scatter of means takes off at most 1/c_in).
 *
 * @module
 */

import { type ConvPlan, outputSize } from "../../plan/plan.ts";
import type { BasicBlock } from "./residual.ts";

/** What a filter reads, over channels. */
export interface Reads {
  readonly power: number;
  readonly mean: number;
}

/** Variance of a pre-activation in that of the filter's input: n s^2 of He, fan out. */
function gain({ inputs, outputs }: ConvPlan): number {
  return 2 * inputs / outputs;
}

/** Share of a filter's variance that centring leaves. */
export function centredShare({ kernel, inputs }: ConvPlan): number {
  return 1 - 1 / (kernel * kernel * inputs);
}

/** Pixels of the image that an output's window meets, for one direction. */
function window({ height, kernel, stride, padding }: ConvPlan, o: number): number[] {
  const first = o * stride - padding;
  return Array.from({ length: kernel }, (_, tap) => first + tap).filter((at) => at >= 0 && at < height);
}

/** Variance over the windows of each output, row by row; `reads` says what is at a pixel of the input. */
function windowVariances(conv: ConvPlan, reads: (y: number, x: number) => Reads): number[][] {
  const taps = conv.kernel ** 2;
  const windows = Array.from({ length: outputSize(conv).height }, (_, o) => window(conv, o));
  return windows.map((rows) =>
    windows.map((columns) => {
      const pixels = rows.flatMap((y) => columns.map((x) => reads(y, x)));
      const power = pixels.reduce((sum, pixel) => sum + pixel.power, 0) / taps;
      const mean = pixels.reduce((sum, pixel) => sum + pixel.mean, 0) / taps;
      return power - mean * mean;
    })
  );
}

/** Power of what the branch adds, in the mean over its outputs. Images are square. */
export function centredBranchPower({ conv1, conv2 }: BasicBlock, x: Reads): number {
  const inner = windowVariances(conv1, () => x).map((row) =>
    row.map((variance): Reads => ({
      power: gain(conv1) * variance / 2,
      mean: Math.sqrt(gain(conv1) * variance / (2 * Math.PI)),
    }))
  );
  const outer = windowVariances(conv2, (row, column) => inner[row]![column]!).flat();
  return gain(conv2) * outer.reduce((sum, variance) => sum + variance, 0) / outer.length;
}
