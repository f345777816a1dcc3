/**
 * The arithmetic of a dump as its manifest defines it. Nothing here, or in the
 * files beside it, knows the library: this is what somebody writes who has the
 * dump alone. Whatever can pass 53 bits is BigInt.
 *
 * @module
 */

/** Elements: of int64 BigInt, of bits 0 and 1. */
export type Values = readonly number[];

/** What an int8 or int32 tensor lies between. */
export type Range = readonly [low: number, high: number];

export const big = (x: number) => BigInt(x);
export const abs = (x: bigint) => x < 0n ? -x : x;
export const clip = (x: number, limit: number) => Math.min(Math.max(x, -limit), limit);
export const clipBig = (x: bigint, limit: bigint) => x > limit ? limit : x < -limit ? -limit : x;
/** Largest number of b bits. */
export const limit = (b: number) => 2 ** (b - 1) - 1;
export const sum = (values: Values) => values.reduce((total, x) => total + x, 0);
export const magnitude = ([low, high]: Range) => Math.max(-low, high, 0);
export const span = (values: Values): Range =>
  values.reduce<Range>(([low, high], x) => [Math.min(low, x), Math.max(high, x)], [0, 0]);
/** Every number of 0 to count - 1, mapped. */
export const map = (count: number, of: (i: number) => number) => Array.from({ length: count }, (_, i) => of(i));

/** x * 2^s, rounded down. */
export const shifted = (x: bigint, s: number) => s >= 0 ? x << big(s) : x >> big(-s);

/** x / 2^s to nearest, halves up, of any size. */
export const roundBig = (x: bigint, s: number) => s <= 0 ? x : (x + (1n << big(s - 1))) >> big(s);

/** The same of an integer below 2^53 whose result is exact: |x| + 2^(s - 1) stays below 2^53. */
export const round = (x: number, s: number) => s <= 0 ? x : Math.floor((x + 2 ** (s - 1)) / 2 ** s);

/** x * 2^s within +-m, to nearest. */
export const alignBig = (x: bigint, s: number, m: bigint) =>
  clipBig(s > 0 ? x << big(Math.min(s, 200)) : roundBig(x, Math.min(-s, 200)), m);
export const align = (x: number, s: number, m: number) => Number(alignBig(big(x), s, big(m)));

/** Bits of m. */
export const widthBig = (m: bigint) => m === 0n ? 0 : m.toString(2).length;
export const width = (m: number) => widthBig(big(m));

/** The shift that brings numbers of magnitude m to b bits. */
export function exactShift(m: bigint, b: number): number {
  if (m === 0n) return 0;
  const floor = widthBig(m) - 1;
  const nearest = m * m >= 1n << big(2 * floor + 1) ? floor + 1 : floor;
  return Math.max(0, nearest - (b - 1));
}

function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** 32 random bits of an element. */
export type RandomBits = (element: number) => number;

/** Those of a seed, a step and a stream. */
export function randomBits({ seed, step, stream }: { seed: number; step: number; stream: number }): RandomBits {
  const first = mix((mix((mix(seed) + step) >>> 0) + stream) >>> 0);
  const second = mix((first ^ 0x9e3779b9) >>> 0);
  return (element) => {
    let x = (element + first) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(((x ^ (x >>> 15)) + second) | 0, 0x846ca68b);
    return (x ^ (x >>> 16)) >>> 0;
  };
}

/** x / 2^s plus a random fraction of s bits, rounded down. */
export const stochastic = (x: number, s: number, bits: number) =>
  s === 0 ? x : Math.floor((x + Math.floor(bits / 2 ** (32 - s))) / 2 ** s);

/** A bias in steps of 2^-14 as a summand of sums with an exponent. */
export const scalarBias = (q: number, exponent: number) => align(q, -14 - exponent, 2 ** 28);
