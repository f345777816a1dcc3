/**
 * Initial values of parameters, drawn from a seed.
 *
 * @module
 */

import { convElements, type ConvPlan } from "../../plan/plan.ts";

/** Uniform numbers in [0, 1) from sfc32, the 128-bit "small fast counting" generator of Doty-Humphrey's PractRand. */
export function uniformSource(seed: number, stream: number): () => number {
  let a = seed | 0, b = stream | 0, c = 0, counter = 1;
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 16; i++) next(); // as its author does, to mix the seed into all words
  return next;
}

/** In the place of uniform numbers: what is drawn from it is zero, and costs nothing. */
export const BLANK = () => 0;

/** `count` normal numbers of mean 0, by the method of Box and Muller. */
export function normal(uniform: () => number, count: number, sigma: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    return sigma * radius * Math.cos(2 * Math.PI * uniform());
  });
}

/** Draws a convolution's initial weights. */
export type DrawWeights = (conv: ConvPlan, source: () => number) => Float32Array<ArrayBuffer>;

/** Normal weights of a convolution from uniform numbers; zeros of a deviation of 0, for which none is drawn. */
export function gaussian(conv: ConvPlan, sigma: number, source: () => number): Float32Array<ArrayBuffer> {
  const { weights } = convElements(conv);
  return sigma === 0 || source === BLANK ? new Float32Array(weights) : normal(source, weights, sigma);
}

/** The same with each output channel's mean taken off. */
export function centredGaussian(conv: ConvPlan, sigma: number, source: () => number): Float32Array<ArrayBuffer> {
  const weights = gaussian(conv, sigma, source), channel = weights.length / conv.outputs;
  if (source === BLANK) return weights;
  for (let from = 0; from < weights.length; from += channel) {
    const own = weights.subarray(from, from + channel);
    const mean = own.reduce((sum, each) => sum + each, 0) / channel;
    own.forEach((each, i) => own[i] = each - mean);
  }
  return weights;
}

/** `count` numbers uniform in [-bound, bound). */
export function uniform(source: () => number, count: number, bound: number): Float32Array<ArrayBuffer> {
  if (source === BLANK) return new Float32Array(count);
  return Float32Array.from({ length: count }, () => bound * (2 * source() - 1));
}
