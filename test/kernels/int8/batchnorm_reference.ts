/**
 * Batch normalization in integers as its definition, in BigInt: what
 * kernels/int8/batchnorm.h says, an element at a time.
 *
 * @module
 */

import { quantize, type Quantized, scale, type Sums } from "./reference.ts";

/** Sums in front of a batch norm, (pixels, c), with its parameters: c gammas, then c betas. */
export interface NormInput {
  readonly x: Sums;
  readonly c: number;
  readonly norm: readonly number[];
  readonly residual?: Quantized | undefined;
  /** Whether a ReLU follows; if absent, it does. */
  readonly relu?: boolean;
}

/** mantissa * 2^exponent. */
interface Float {
  readonly mantissa: bigint;
  readonly exponent: number;
}

/** Statistics of a channel: the mean with 16 fraction bits. */
export interface Channel {
  readonly mean: bigint;
  readonly std: Float;
}

const bits = (x: bigint) => x === 0n ? 0 : x.toString(2).length;
const abs = (x: bigint) => x < 0n ? -x : x;
const max = (values: readonly bigint[]) => values.reduce((most, x) => x > most ? x : most);
const clip = (x: bigint, limit: bigint) => x < -limit ? -limit : x > limit ? limit : x;
/** floor(x * 2^shift). */
const shifted = (x: bigint, shift: number) => shift >= 0 ? x << BigInt(shift) : x >> BigInt(-shift);
const floorDivide = (x: bigint, by: bigint) => (x - (x % by + by) % by) / by;
/** With the 32 highest bits as its mantissa. */
const normalized = (mantissa: bigint, exponent: number): Float => {
  const drop = bits(mantissa) - 32;
  return { mantissa: shifted(mantissa, -drop), exponent: exponent + drop };
};

function squareRoot(x: bigint): bigint {
  let low = 0n, high = 1n << 32n;
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (middle * middle <= x) low = middle;
    else high = middle;
  }
  return low;
}

const ofChannel = <T>(values: readonly T[], c: number, k: number) => values.filter((_, i) => i % c === k);
const sum = (values: readonly bigint[]) => values.reduce((total, x) => total + x, 0n);

/** Statistics of channel k of a batch. */
export function statistics({ x, c }: NormInput, k: number): Channel {
  const pixels = x.v.length / c, m = BigInt(pixels);
  const over = 2 * bits(max(x.v.map(abs))) + bits(m) - 62;
  const shift = over > 0 ? Math.ceil(over / 2) : 0;
  const values = ofChannel(x.v, c, k).map((each) => scale(each, shift));
  const epsilon = shifted(m * m, Math.min(62, -17 - 2 * (x.exponent + shift)));
  const square = m * sum(values.map((each) => each * each)) - sum(values) ** 2n + epsilon;
  const scaled = square === 0n ? 1n : square;
  const even = 2 * Math.ceil((bits(scaled) - 62) / 2);
  const count = normalized(m, 0);
  const root = squareRoot(shifted(scaled, -even));
  return {
    mean: floorDivide(sum(values) << 16n, m) << BigInt(shift),
    std: normalized((root << 32n) / count.mantissa, even / 2 - 32 - count.exponent + shift),
  };
}

/** Running statistics, steps of 2^-20, for sums of this exponent. */
export function running(mean: number, std: number, exponent: number): Channel {
  return {
    mean: scale(BigInt(mean), -(16 - 20 - exponent)),
    std: normalized(BigInt(std), -20 - exponent),
  };
}

/** An eighth of the way from the running statistics to those of a batch. */
export function runOn([mean, std]: readonly [number, number], batch: Channel, exponent: number): [number, number] {
  const most = (1n << 31n) - 1n;
  const towards = (from: number, to: bigint) => from + Number(scale(clip(to, most) - BigInt(from), 3));
  return [
    towards(mean, scale(batch.mean, -(exponent + 20 - 16))),
    towards(std, scale(batch.std.mantissa, -(batch.std.exponent + exponent + 20))),
  ];
}

const inverse = ({ mantissa, exponent }: Float): Float => ({
  mantissa: (1n << 63n) / mantissa,
  exponent: -63 - exponent,
});

/** (x - mean) / std in steps of 2^-11. */
function normalizedSum(x: bigint, { mean, std }: Channel): bigint {
  const { mantissa, exponent } = inverse(std);
  const shift = Math.max(0, -(exponent + 26) - 16);
  const largest = 1n << 30n;
  const factor = clip(scale(mantissa, -(exponent + 26 + shift)), largest);
  const limit = largest / (factor > 0n ? factor : 1n);
  const fraction = mean & 0xffffn;
  const dropped = shift > 0 ? factor / 2n : 0n;
  const offset = (1n << 14n) + dropped - ((fraction * factor) >> BigInt(16 + shift));
  const t = clip((x - (mean >> 16n)) >> BigInt(shift), limit);
  return clip((t * factor + offset) >> 15n, 32767n);
}

/** What the forward pass writes. */
export interface NormOutput {
  readonly y: Quantized;
  readonly mask: number[];
  readonly xhat: bigint[];
}

/** relu(gamma xhat + beta + residual) with these statistics; the mask is that of a ReLU, there or not. */
export function forward({ x, c, norm, residual, relu = true }: NormInput, channels: readonly Channel[]): NormOutput {
  const xhat = x.v.map((each, i) => normalizedSum(each, channels[i % c]!));
  const v = xhat.map((each, i) => {
    const aligned = residual === undefined ? 0n : BigInt(residual.q[i]!) * scale(1n, -(residual.exponent + 17));
    return each * BigInt(norm[i % c]!) + BigInt(norm[c + i % c]!) * 2048n + aligned;
  });
  const y = quantize({ v: v.map((each) => each > 0n || !relu ? each : 0n), exponent: -17 });
  return { y, mask: v.map((each) => each > 0n ? 1 : 0), xhat };
}

/** 1 / std of all channels with one exponent. */
export function inverses(channels: readonly Channel[], exponent: number): { q: bigint[]; exponent: number } {
  const all = channels.map(({ std }) => inverse(std));
  const top = Math.max(...all.map((each) => each.exponent)) + 2;
  return { q: all.map((each) => scale(each.mantissa, top - each.exponent)), exponent: top - exponent };
}

/** What the backward pass takes. */
export interface NormError {
  readonly g: Quantized;
  readonly xhat: readonly bigint[];
  readonly c: number;
  readonly norm: readonly number[];
  readonly inverse: { readonly q: readonly bigint[]; readonly exponent: number };
}

/** Exact gradients of gamma and beta, and the error of the sums before it is quantized. */
export function backward({ g, xhat, c, norm, inverse }: NormError): { gradients: Sums; dx: Sums } {
  const all = Array.from({ length: c }, (_, k) => k), m = BigInt(xhat.length / c);
  const errors = g.q.map(BigInt);
  const sums = all.map((k) => sum(ofChannel(errors, c, k)));
  const products = all.map((k) => sum(ofChannel(errors.map((each, i) => each * xhat[i]!), c, k)));
  const mean = (of: bigint) => floorDivide(of << 16n, m);
  const exact = all.map((k) => BigInt(norm[k]!) * inverse.q[k]!);
  const drop = Math.max(0, bits(max(exact.map(abs))) - 24);
  const scales = exact.map((each) => scale(each, drop));
  const constants = all.map((k) => -scales[k]! * mean(sums[k]!));
  const slopes = all.map((k) => -scales[k]! * mean(products[k]!));
  const most = max(
    all.map((k) =>
      abs(scales[k]!) * 128n + (abs(constants[k]!) >> 16n) + 1n + ((abs(slopes[k]!) >> 38n) + 1n) * 32768n
    ),
  );
  const shift = Math.max(0, bits(most) - 29);
  const lanes = all.map((k) => [
    scale(scales[k]!, shift),
    scale(slopes[k]!, 38 + shift),
    scale(constants[k]!, 16 + shift),
  ]);
  const v = errors.map((each, i) => {
    const [error, slope, constant] = lanes[i % c] as [bigint, bigint, bigint];
    return each * error + xhat[i]! * slope + constant;
  });
  return {
    gradients: { v: [...products, ...sums.map((each) => each * 2048n)], exponent: g.exponent - 11 },
    dx: { v, exponent: g.exponent - 6 + inverse.exponent + drop + shift },
  };
}
