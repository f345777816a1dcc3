/**
 * Forward passes of every fp32 layer in double precision, as their definitions
 * read. All activations NHWC.
 *
 * @module
 */

import type { Shape } from "../int8/reference.ts";

export type { Shape };

/** Height and width of the output. */
export function outputOf({ h, w, kernel, stride, pad }: Shape): { oh: number; ow: number } {
  const size = (length: number) => Math.floor((length + 2 * pad - kernel) / stride) + 1;
  return { oh: size(h), ow: size(w) };
}

/** Convolution of x (n, h, w, c) with weights (k, kernel, kernel, c). */
export function convolution(x: Float64Array, weights: Float64Array, shape: Shape): Float64Array {
  const { n, h, w, c, k, kernel, stride, pad } = shape;
  const { oh, ow } = outputOf(shape);
  const y = new Float64Array(n * oh * ow * k);
  for (let out = 0; out < y.length; out++) {
    const outputChannel = out % k, ox = Math.floor(out / k) % ow, oy = Math.floor(out / k / ow) % oh;
    const image = Math.floor(out / k / ow / oh);
    for (let r = 0; r < kernel; r++) {
      for (let q = 0; q < kernel; q++) {
        const iy = oy * stride + r - pad, ix = ox * stride + q - pad;
        if (iy < 0 || iy >= h || ix < 0 || ix >= w) continue;
        const pixel = ((image * h + iy) * w + ix) * c, tap = ((outputChannel * kernel + r) * kernel + q) * c;
        for (let channel = 0; channel < c; channel++) y[out]! += x[pixel + channel]! * weights[tap + channel]!;
      }
    }
  }
  return y;
}

/** Mean and sum of squared deviations of each channel. */
export function moments(x: Float64Array, c: number): { mean: Float64Array; squares: Float64Array } {
  const pixels = x.length / c;
  const mean = new Float64Array(c), squares = new Float64Array(c);
  x.forEach((value, i) => mean[i % c]! += value / pixels);
  x.forEach((value, i) => squares[i % c]! += (value - mean[i % c]!) ** 2);
  return { mean, squares };
}

/** What a batch normalization takes beside its statistics. */
export interface NormInputs {
  readonly x: Float64Array;
  readonly gamma: Float64Array;
  readonly beta: Float64Array;
  /** Added before the ReLU. */
  readonly residual?: Float64Array | undefined;
}

/** gamma (x - mean) / sqrt(variance + epsilon) + beta + residual, before the ReLU. */
export function normalize(
  { x, gamma, beta, residual }: NormInputs,
  mean: Float64Array,
  variance: Float64Array,
  epsilon: number,
): Float64Array {
  const c = gamma.length;
  return x.map((value, i) => {
    const k = i % c;
    const xhat = (value - mean[k]!) / Math.sqrt(variance[k]! + epsilon);
    return gamma[k]! * xhat + beta[k]! + (residual?.[i] ?? 0);
  });
}

/** The same with the (biased) statistics of the batch itself. */
export function batchNorm(inputs: NormInputs, epsilon: number): Float64Array {
  const c = inputs.gamma.length;
  const { mean, squares } = moments(inputs.x, c);
  return normalize(inputs, mean, squares.map((each) => each / (inputs.x.length / c)), epsilon);
}

/** max(x, 0). */
export function relu(x: Float64Array): Float64Array {
  return x.map((value) => Math.max(value, 0));
}

/** Every stride-th pixel of x (n, h, w, c) with k - c zero channels appended. */
export function shortcut(x: Float64Array, shape: Shape): Float64Array {
  const { n, h, w, c, k, stride } = shape;
  const { oh, ow } = outputOf(shape);
  return Float64Array.from({ length: n * oh * ow * k }, (_, i) => {
    const channel = i % k, ox = Math.floor(i / k) % ow, oy = Math.floor(i / k / ow) % oh;
    const image = Math.floor(i / k / ow / oh);
    return channel < c ? x[((image * h + oy * stride) * w + ox * stride) * c + channel]! : 0;
  });
}

/** Mean over the pixels of each image: (n, pixels, c) to (n, c). */
export function pool(x: Float64Array, pixels: number, c: number): Float64Array {
  const y = new Float64Array(x.length / pixels);
  x.forEach((value, i) => y[Math.floor(i / c / pixels) * c + i % c]! += value / pixels);
  return y;
}

/** y (n, c) + bias (c). */
export function addBias(y: Float64Array, bias: Float64Array): Float64Array {
  return y.map((value, i) => value + bias[i % bias.length]!);
}

/** Cross-entropy of the softmax of logits (n, classes), summed over images, in nats. */
export function crossEntropy(logits: Float64Array, labels: ArrayLike<number>, classes: number): number {
  let sum = 0;
  for (let i = 0; i < labels.length; i++) {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    const largest = Math.max(...row);
    sum += largest + Math.log(row.reduce((total, each) => total + Math.exp(each - largest), 0)) - row[labels[i]!]!;
  }
  return sum;
}

/** Largest value of each window of x (n, h, w, c), and the first element that has it. */
export function maxPool(x: Float64Array, shape: Shape): { y: Float64Array; from: Int32Array } {
  const { n, h, w, c, kernel, stride, pad } = shape;
  const { oh, ow } = outputOf(shape);
  const y = new Float64Array(n * oh * ow * c).fill(-Infinity), from = new Int32Array(y.length);
  for (let out = 0; out < y.length; out++) {
    const channel = out % c, ox = Math.floor(out / c) % ow, oy = Math.floor(out / c / ow) % oh;
    const image = Math.floor(out / c / ow / oh);
    for (let row = oy * stride - pad; row < oy * stride - pad + kernel; row++) {
      for (let column = ox * stride - pad; column < ox * stride - pad + kernel; column++) {
        if (row < 0 || row >= h || column < 0 || column >= w) continue;
        const at = ((image * h + row) * w + column) * c + channel;
        if (x[at]! > y[out]!) {
          y[out] = x[at]!;
          from[out] = at;
        }
      }
    }
  }
  return { y, from };
}
