/**
 * Initial weights of an EOQ network: Fixup (arXiv 1901.09321, section 3) on
 * the fixed power-of-two grids of the strict int8 recipe.
 *
 * Nothing here rounds differently on another machine: the normal deviates are
 * sums of integers, and the only other operations are products and square
 * roots, which IEEE 754 defines to the last bit.
 *
 * @module
 */

import type { ConvPlan, Plan } from "../../plan/plan.ts";
import { residualNetwork } from "../../plan/residual.ts";

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

function weightCount(conv: ConvPlan): number {
  return conv.outputs * conv.kernel * conv.kernel * conv.inputs;
}

/** Standard deviation of He et al. for ReLU, by fan out. */
function heSigma(conv: ConvPlan): number {
  return Math.sqrt(2 / (conv.kernel * conv.kernel * conv.outputs));
}

/** Zeros on the grid of range 2^ceil(log2 range): 128 steps to each side. */
function zeros(conv: ConvPlan, range: number): InitialWeights {
  return { values: new Int8Array(weightCount(conv)), exponent: ceilLog2(range) - 7 };
}

function gaussian(conv: ConvPlan, sigma: number, key: number): InitialWeights {
  const exponent = ceilLog2(4 * sigma) - 7;
  const steps = sigma / 2 ** exponent / 65536;
  const values = Int8Array.from(
    { length: weightCount(conv) },
    (_, i) => Math.max(-127, Math.min(127, Math.round(normal(key, i) * steps))),
  );
  return { values, exponent };
}

/**
 * Initial weights of every convolution of the plan, in the order of
 * `convolutions(plan)`: the stem by fan in, a branch's first convolution by He
 * times L^(-1/(2m-2)) for L blocks of m convolutions, its last and the
 * classifier zero.
 */
export function initialWeights(plan: Plan, seed: number): InitialWeights[] {
  const key = (index: number) => mix(mix(seed) + index);
  const { stem, blocks } = residualNetwork(plan);
  const depth = Math.max(1, blocks.length);
  const shrink = 1 / Math.sqrt(depth); // L^(-1/(2m-2)) for m = 2
  return [
    gaussian(stem, Math.sqrt(1 / (stem.kernel * stem.kernel * stem.inputs)), key(0)),
    ...blocks.flatMap(({ conv1, conv2 }, i) => [
      gaussian(conv1, heSigma(conv1) * shrink, key(i + 1)),
      zeros(conv2, 2 * heSigma(conv2)),
    ]),
    zeros(plan.classifier, 1),
  ];
}
