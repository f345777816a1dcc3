/**
 * One call of every kernel that quantizes in a way of its own, and what its
 * values are rounded to.
 *
 * @module
 */

import { assert } from "@std/assert";
import type { Library } from "../../../lib/native/library.ts";
import { Tensor } from "../../../lib/native/tensor.ts";
import type { Quantizer } from "../../../lib/native/words.ts";
import { backward } from "./batchnorm_reference.ts";
import { int8, integers, operands, randomMask, tensorOf } from "./fixture.ts";
import { randomBits, roundRandom } from "./random_reference.ts";
import { type Quantized, quantizeShift, scale, type Sums } from "./reference.ts";

const [N, PIXELS, CHANNELS] = [5, 103, 33];
const MAX_SUM = 5 * 2 ** 28;

/** Elements of each call. */
export const COUNT = N * PIXELS * CHANNELS;

/** Seed, step and stream of the random bits. */
export const [SEED, STEP, STREAM] = [7, 4000000000, 3000000000];

/** A call that quantizes these values, which masks may set to zero besides. */
export interface Quantizing {
  readonly name: string;
  readonly values: Sums;
  /** Largest magnitude where it is not the values'. */
  readonly magnitude?: bigint;
  /** Bits that a pool's stochastic rounding of a value by this shift drops before it. */
  readonly dropped?: (shift: number) => number;
  readonly mostShift: number;
  readonly write: (y: Tensor, quantizer: Quantizer) => void;
  /** Holds what the call leaves besides y. */
  readonly check?: (what: string) => void;
}

const large = (v: readonly bigint[]) => v.reduce((m, x) => x > m ? x : -x > m ? -x : m, 0n);

/** Quantizes as policies ask: to `width` bits by `shift`, with the random bits of a stream or to nearest. */
export function rounded(each: Quantizing, width: number, shift: number, stream: number | undefined): Quantized {
  const limit = 2n ** BigInt(width - 1) - 1n;
  const dropped = each.dropped?.(shift) ?? 0;
  const q = each.values.v.map((v, i) => {
    // A masked value of a pool is zero whatever its bits, as of all other calls.
    const r = stream === undefined
      ? scale(v, shift)
      : roundRandom(v >> BigInt(dropped), shift - dropped, randomBits(SEED, STEP, stream, i));
    return Number(r > limit ? limit : r < -limit ? -limit : r);
  });
  return { q, exponent: each.values.exponent + shift };
}

/** One call of every kernel that quantizes in a way of its own. */
export function calls(library: Library): Quantizing[] {
  const next = integers(12);
  const sums = Array.from({ length: COUNT }, () => next(0, 99) === 0 ? 2 ** 22 : next(-(2 ** 22), 2 ** 22));
  const v = sums.map(BigInt);
  const x = tensorOf(library, "int32", Int32Array.from(sums), -20);
  const extremes = Array.from({ length: COUNT }, () => next(0, 1) === 0 ? MAX_SUM : -MAX_SUM + next(0, 2 ** 26));
  const huge = tensorOf(library, "int32", Int32Array.from(extremes), -20);
  const [a, b] = [operands(next, COUNT), operands(next, COUNT)];
  const [z, shortcut] = [int8(library, { q: a, exponent: -6 }), int8(library, { q: b, exponent: -6 })];
  // Bias 300 in steps of 2^-14, scale 5000 in steps of 2^-13.
  const scalars = tensorOf(library, "int16", Int16Array.of(300, 5000));
  const gradients = new Tensor(library, "int64", 4);
  const { keep, words } = randomMask(next, COUNT);
  const below = tensorOf(library, "bits", words);
  const mask = new Tensor(library, "bits", COUNT);
  const masks = (positive: readonly bigint[]) => (what: string) => {
    const read = mask.read(new BigUint64Array(mask.byteLength / 8));
    assert(positive.every((x, i) => (read[i >> 6]! >> BigInt(i & 63) & 1n) === (x > 0n ? 1n : 0n)), `${what}, mask`);
  };
  const residual = { shortcut, scalars, scale: 1, bias: 0, mask, count: COUNT };
  const relu = (x: bigint) => x > 0n ? x : 0n;
  const joined = a.map((q, i) => BigInt(q * 5000 * 2 ** 4 + b[i]! * 2 ** 17 + 300 * 2 ** 9));
  const added = a.map((q) => BigInt(q * 2 ** 17 + 300 * 2 ** 9));
  const pooled = Array.from({ length: N * CHANNELS }, () => next(-(2 ** 29), 2 ** 29));
  const error = tensorOf(library, "int32", Int32Array.from(pooled), -30);
  const reciprocal = Math.round(2 ** 22 / PIXELS);
  const spread = Array.from(
    { length: COUNT },
    (_, i) => BigInt(pooled[Math.floor(i / PIXELS / CHANNELS) * CHANNELS + i % CHANNELS]!) * BigInt(reciprocal),
  );
  const xhat = Array.from({ length: COUNT }, () => next(-32768, 32767));
  const [gammas, scales] = [operands(next, 2 * CHANNELS), Array.from({ length: CHANNELS }, () => next(1, 2 ** 28))];
  const dx = backward({
    g: { q: a, exponent: -6 },
    xhat: xhat.map(BigInt),
    c: CHANNELS,
    norm: gammas,
    inverse: { q: scales.map(BigInt), exponent: -28 },
  }).dx;
  const normal = tensorOf(library, "int16", Int16Array.from(xhat));
  const norm = tensorOf(library, "int8", Int8Array.from(gammas), -6);
  const inverse = tensorOf(library, "int32", Int32Array.from(scales), -28);
  const sums64 = new Tensor(library, "int64", 2 * CHANNELS);
  const values = { mostShift: 30 };
  return [
    {
      ...values,
      name: "quantize",
      values: { v, exponent: -20 },
      write: (y, quantizer) => library.call("int8_quantize", { x, y, quantizer, count: COUNT }),
    },
    {
      ...values,
      name: "quantize, the largest sums",
      values: { v: extremes.map(BigInt), exponent: -20 },
      write: (y, quantizer) => library.call("int8_quantize", { x: huge, y, quantizer, count: COUNT }),
    },
    {
      ...values,
      name: "activate",
      values: { v: v.map((x) => relu(x) + (300n << 6n)), exponent: -20 },
      write: (y, quantizer) => library.call("int8_activate", { x, scalars, bias: 0, y, quantizer, mask, count: COUNT }),
      check: masks(v),
    },
    {
      ...values,
      name: "add_bias",
      values: { v: added, exponent: -23 },
      // The magnitude is that of the extremes of x, which are +-127.
      magnitude: BigInt(127 * 2 ** 17 + 300 * 2 ** 9),
      write: (y, quantizer) => library.call("int8_add_bias", { x: z, scalars, bias: 0, y, quantizer, count: COUNT }),
    },
    {
      ...values,
      name: "add_bias in place",
      values: { v: added, exponent: -23 },
      magnitude: BigInt(127 * 2 ** 17 + 300 * 2 ** 9),
      write: (y, quantizer) => {
        y.write(Int8Array.from(a));
        y.exponent = -6;
        library.call("int8_add_bias", { x: y, scalars, bias: 0, y, quantizer, count: COUNT });
      },
    },
    {
      ...values,
      name: "residual",
      values: { v: joined.map(relu), exponent: -23 },
      write: (y, quantizer) => library.call("int8_residual", { ...residual, z, y, quantizer }),
      check: masks(joined),
    },
    {
      ...values,
      name: "residual in place",
      values: { v: joined.map(relu), exponent: -23 },
      write: (y, quantizer) => {
        y.write(Int8Array.from(a));
        y.exponent = -6;
        library.call("int8_residual", { ...residual, z: y, y, quantizer });
      },
      check: masks(joined),
    },
    {
      ...values,
      name: "residual_backward",
      values: { v: a.map((q) => BigInt(q * 5000)), exponent: -6 - 13 },
      write: (y, quantizer) =>
        library.call("int8_residual_backward", {
          dy: z,
          z: shortcut,
          scalars,
          scale: 1,
          gradients,
          bias: 0,
          dz: y,
          quantizer,
          count: COUNT,
        }),
    },
    {
      ...values,
      name: "activate_backward",
      values: { v: v.map((x, i) => x * keep[i]!), exponent: -20 },
      write: (y, quantizer) =>
        library.call("int8_activate_backward", {
          dy: x,
          mask: below,
          gradients,
          bias_before: 1,
          bias_behind: 0,
          dx: y,
          quantizer,
          count: COUNT,
        }),
    },
    {
      ...values,
      name: "batchnorm_backward",
      values: dx,
      write: (y, quantizer) =>
        library.call("int8_batchnorm_backward", {
          dy: z,
          xhat: normal,
          norm,
          inverse,
          gradients: sums64,
          dx: y,
          quantizer,
          pixels: N * PIXELS,
          c: CHANNELS,
        }),
    },
    {
      name: "pool_backward",
      values: { v: spread.map((x, i) => x * keep[i]!), exponent: -30 - 22 },
      magnitude: large(spread),
      dropped: (shift) => Math.max(0, shift - 20),
      mostShift: 62,
      write: (y, quantizer) =>
        library.call("int8_pool_backward", {
          dy: error,
          mask: below,
          reciprocal,
          gradients,
          bias: 1,
          dx: y,
          quantizer,
          n: N,
          pixels: PIXELS,
          c: CHANNELS,
        }),
    },
  ];
}

/** The shift that fills `width` bits. */
export const exactShift = ({ values, magnitude }: Quantizing, width: number) =>
  quantizeShift(magnitude ?? large(values.v), width);
