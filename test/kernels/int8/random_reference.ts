/**
 * Random bits and stochastic rounding as kernels/int8/random.h defines them.
 *
 * @module
 */

function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** 32 random bits of one element (kernels/int8/random.h). */
export function randomBits(seed: number, step: number, tensor: number, element: number): bigint {
  const first = mix((mix((mix(seed) + step) >>> 0) + tensor) >>> 0);
  const second = mix((first ^ 0x9e3779b9) >>> 0);
  let x = (element + first) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(((x ^ (x >>> 15)) + second) | 0, 0x846ca68b);
  return BigInt((x ^ (x >>> 16)) >>> 0);
}

/** floor(x / 2^shift + u) with u from 32 random bits. */
export function roundRandom(x: bigint, shift: number, bits: bigint): bigint {
  return (x + (bits >> BigInt(32 - shift))) >> BigInt(shift);
}

/** floor(x / 2^shift + u) with u from 16 random bits. */
export function roundFraction(x: bigint, shift: number, u: bigint): bigint {
  return (x + ((u << 48n) >> BigInt(64 - shift))) >> BigInt(shift);
}
