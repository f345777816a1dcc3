/**
 * Initial weights of int8 networks on fixed power-of-two grids: Fixup (arXiv
 * 1901.09321, section 3), or He's where there are no blocks or batch norm.
 *
 * Nothing here rounds differently on another machine: the normal deviates are
 * sums of integers, and the only other operations are products and square
 * roots, which IEEE 754 defines to the last bit.
 *
 * @module
 */

import { branchEnds, convElements, convolutions, type ConvPlan, type Plan } from "../../plan/plan.ts";
import type { EoqRecipe } from "../recipe.ts";

/** Weights of one convolution: KRSC int8 in steps of 2^exponent. */
export interface InitialWeights {
  readonly values: Int8Array<ArrayBuffer>;
  readonly exponent: number;
}

function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** A deviate of standard deviation 2^16 and mean 0: twelve uniform 16-bit numbers. */
function normal(key: number, index: number): number {
  let sum = -6 * 65536;
  for (let i = 0; i < 6; i++) {
    const bits = mix(mix(index * 6 + i) ^ key);
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

/** Standard deviation of He et al. for ReLU, by fan out. */
function heSigma(conv: ConvPlan): number {
  return Math.sqrt(2 / (conv.kernel * conv.kernel * conv.outputs));
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
  /** Whether each output channel's mean is taken off before rounding. */
  readonly centred?: boolean;
}

function gaussian(conv: ConvPlan, { sigma, key, bits, centred = false }: Draw): InitialWeights {
  const exponent = stepExponent(4 * sigma, bits);
  const steps = sigma / 2 ** exponent / 65536;
  const limit = 2 ** (bits - 1) - 1;
  const { weights } = convElements(conv), channel = weights / conv.outputs;
  const deviates = Array.from({ length: weights }, (_, i) => normal(key, i));
  const means = Array.from({ length: conv.outputs }, (_, k) => {
    if (!centred) return 0;
    return deviates.slice(k * channel, (k + 1) * channel).reduce((sum, each) => sum + each, 0) / channel;
  });
  const values = Int8Array.from(
    deviates,
    (deviate, i) => Math.max(-limit, Math.min(limit, Math.round((deviate - means[Math.floor(i / channel)]!) * steps))),
  );
  return { values, exponent };
}

/** L^(-1/(2m-2)): what keeps the sum of L branches of m convolutions, two or three, from growing with L. */
function branchScale(blocks: number, convs: number): number {
  const root = 1 / Math.sqrt(blocks);
  return convs === 2 ? root : Math.sqrt(root);
}

/** Steps of {@linkcode EoqRecipe.branchGain}. */
const GAIN_STEPS = 16;

/**
 * The gain by depth. With centred weights and gradients ResNet-20 learns best
 * at 3, which is He's deviation there (2 epochs: 60.9, 64.1 and 64.6 % at 1, 2
 * and 3), and ResNet-56 trains at it. ResNet-110, batch 32, trains at 1; at 2
 * its errors are all 0 after 200 steps, and at 3 it diverges without warm-up.
 */
function gainOf(branchGain: number, blocks: number): number {
  if (branchGain > 0) return branchGain / GAIN_STEPS;
  return blocks <= 27 ? 3 : 1;
}

/**
 * Initial weights of every convolution of the plan. With blocks, by Fixup: the
 * stem by fan in, a branch's convolutions by He times L^(-1/(2m-2)) for L
 * blocks of m convolutions but for its last, which is zero, projections by He.
 * Without, by He and fan in. The classifier is zero. The recipe can leave out
 * the factor and the zeros of the branches, make the factor larger, up to 1,
 * and take each output channel's mean off.
 */
export function initialWeights(
  plan: Plan,
  seed: number,
  recipe: Pick<EoqRecipe, "computeBits" | "fixupScaling" | "branchGain" | "centredWeights" | "fixupZeros">,
): Map<ConvPlan, InitialWeights> {
  const { computeBits, fixupScaling, branchGain, centredWeights, fixupZeros } = recipe;
  const weights = new Map<ConvPlan, InitialWeights>();
  let drawn = 0;
  const draw = (conv: ConvPlan, sigma: number) =>
    weights.set(
      conv,
      gaussian(conv, { sigma, key: mix(mix(seed) + drawn++), bits: computeBits, centred: centredWeights }),
    );
  const blocks = plan.layers.filter(({ kind }) => kind === "block").length;
  for (const layer of plan.layers) {
    if (layer.kind === "conv") {
      draw(layer.conv, Math.sqrt((blocks > 0 ? 1 : 2) / (layer.conv.kernel * layer.conv.kernel * layer.conv.inputs)));
    } else if (layer.kind === "block") {
      const { convs, shortcut } = layer.block;
      const { last } = branchEnds(layer.block);
      const scale = fixupScaling ? Math.min(1, gainOf(branchGain, blocks) * branchScale(blocks, convs.length)) : 1;
      for (const conv of convs.slice(0, -1)) draw(conv, heSigma(conv) * scale);
      if (fixupZeros) weights.set(last, zeros(last, 2 * heSigma(last), computeBits));
      else draw(last, heSigma(last) * scale);
      if (shortcut.kind === "projection") draw(shortcut.conv, heSigma(shortcut.conv));
    }
  }
  return weights.set(plan.classifier, zeros(plan.classifier, 1, computeBits));
}

/** Initial weights where batch norm follows every convolution: He's by fan out, and a classifier of zeros. */
export function heWeights(plan: Plan, seed: number): Map<ConvPlan, InitialWeights> {
  const normed = convolutions(plan).slice(0, -1);
  const weights = new Map(
    normed.map((conv, i) => [conv, gaussian(conv, { sigma: heSigma(conv), key: mix(mix(seed) + i), bits: 8 })]),
  );
  return weights.set(plan.classifier, zeros(plan.classifier, 1, 8));
}
