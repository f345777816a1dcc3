/**
 * Initial weights of int8 networks, drawn on fixed power-of-two grids: by
 * Fixup, or by He where batch norm follows every convolution.
 *
 * Nothing here rounds differently on another machine: the normal deviates are
 * sums of integers, and the only other operations are products and square
 * roots, which IEEE 754 defines to the last bit.
 *
 * @module
 */

import { convElements, convolutions, type ConvPlan, type Plan } from "../../plan/plan.ts";
import { mix32 } from "../../random.ts";
import { fixupDeviations, type FixupRule, heDeviation } from "../fixup.ts";
import type { EoqRecipe } from "../recipe.ts";

/** Weights of one convolution: KRSC int8 in steps of 2^exponent. */
export interface InitialWeights {
  readonly values: Int8Array<ArrayBuffer>;
  readonly exponent: number;
}

/** A deviate of standard deviation 2^16 and mean 0: twelve uniform 16-bit numbers. */
function normal(key: number, index: number): number {
  let sum = -6 * 65536;
  for (let i = 0; i < 6; i++) {
    const bits = mix32(mix32(index * 6 + i) ^ key);
    sum += (bits & 0xffff) + (bits >>> 16) + 1;
  }
  return sum;
}

/** Smallest e with 2^e >= x. */
function ceilLog2(x: number): number {
  let e = 0;
  while (2 ** e < x) e++;
  while (2 ** (e - 1) >= x) e--;
  return e;
}

/** Exponent of the steps of `bits` bits over the range 2^ceil(log2 range). */
function stepExponent(range: number, bits: number): number {
  return ceilLog2(range) - (bits - 1);
}

function zeros(conv: ConvPlan, range: number, bits: number): InitialWeights {
  return { values: new Int8Array(convElements(conv).weights), exponent: stepExponent(range, bits) };
}

/** How the deviates of one convolution become its weights. */
interface Draw {
  readonly sigma: number;
  readonly key: number;
  readonly bits: number;
  /** What their steps have room for, if that is more than four deviations. */
  readonly range?: number;
  /** Whether each output channel's mean is taken off before rounding. */
  readonly centred?: boolean;
}

function gaussian(conv: ConvPlan, { sigma, key, bits, range = 0, centred = false }: Draw): InitialWeights {
  const exponent = stepExponent(Math.max(4 * sigma, range), bits);
  const steps = sigma / 2 ** exponent / 65536;
  const limit = 2 ** (bits - 1) - 1;
  const { weights } = convElements(conv), channel = weights / conv.outputs;
  const deviates = Int32Array.from({ length: weights }, (_, i) => normal(key, i));
  const means = Array.from({ length: conv.outputs }, (_, k) => {
    if (!centred) return 0;
    return deviates.subarray(k * channel, (k + 1) * channel).reduce((sum, each) => sum + each, 0) / channel;
  });
  const values = Int8Array.from(
    deviates,
    (deviate, i) => Math.max(-limit, Math.min(limit, Math.round((deviate - means[Math.floor(i / channel)]!) * steps))),
  );
  return { values, exponent };
}

/**
 * Initial weights of every convolution of the plan by Fixup, see
 * {@linkcode fixupDeviations}, whose rule the recipe can change. It can also
 * take each output channel's mean off.
 */
export function initialWeights(
  plan: Plan,
  seed: number,
  recipe: FixupRule & Pick<EoqRecipe, "computeBits" | "centredWeights">,
): Map<ConvPlan, InitialWeights> {
  const { computeBits: bits, centredWeights: centred } = recipe;
  const weights = new Map<ConvPlan, InitialWeights>();
  let drawn = 0;
  for (const [conv, sigma] of fixupDeviations(plan, recipe)) {
    // Weights that start at zero, or a small classifier's, have room for what they will grow to.
    const range = conv === plan.classifier ? 1 : 2 * heDeviation(conv);
    if (sigma === 0) weights.set(conv, zeros(conv, range, bits));
    else {
      const draw = { sigma, key: mix32(mix32(seed) + drawn++), bits, centred };
      weights.set(conv, gaussian(conv, conv === plan.classifier ? { ...draw, range } : draw));
    }
  }
  return weights;
}

/** Zeros in the place of initial weights, of a network that is never run. */
export function blankWeights(plan: Plan): Map<ConvPlan, InitialWeights> {
  return new Map(convolutions(plan).map((conv) => [conv, zeros(conv, 1, 8)]));
}

/** Initial weights where batch norm follows every convolution: He's by fan out, and a classifier of zeros. */
export function heWeights(plan: Plan, seed: number): Map<ConvPlan, InitialWeights> {
  const normed = convolutions(plan).slice(0, -1);
  const weights = new Map(
    normed.map((conv, i) => [conv, gaussian(conv, { sigma: heDeviation(conv), key: mix32(mix32(seed) + i), bits: 8 })]),
  );
  return weights.set(plan.classifier, zeros(plan.classifier, 1, 8));
}
