/** Batch normalization of a dump. */

import type { CallReader, Results } from "./call.ts";
import {
  abs,
  alignBig,
  big,
  clipBig,
  exactShift,
  magnitude,
  map,
  round,
  roundBig,
  shifted,
  span,
  width,
  widthBig,
} from "./numbers.ts";

/** mantissa * 2^exponent. */
interface Float {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const INT32 = 2n ** 31n - 1n, MOST_MEAN = 2n ** 46n - 1n;

function normal(mantissa: bigint, exponent: number): Float {
  const drop = widthBig(mantissa) - 32;
  return { mantissa: shifted(mantissa, -drop), exponent: exponent + drop };
}

function floorDivide(x: bigint, by: bigint): bigint {
  return x / by - (x % by < 0n ? 1n : 0n);
}

/** The mean of a sum, with 16 fraction bits. */
const mean = (total: bigint, pixels: number) => floorDivide(total << 16n, big(pixels));

function squareRoot(x: bigint): bigint {
  let low = 0n, high = 1n << 32n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle * middle <= x) low = middle;
    else high = middle;
  }
  return low;
}

const total = (values: readonly bigint[]) => values.reduce((all, x) => all + x, 0n);

/** Mean, with 16 fraction bits, and standard deviation of a channel's pixels, in steps of 2^exponent. */
function statistics(x: readonly number[], exponent: number, m: number): { mean: bigint; std: Float } {
  const pixels = big(x.length);
  const s = Math.max(0, Math.ceil((2 * width(m) + width(x.length) - 62) / 2));
  const w = x.map((each) => big(round(each, s)));
  const a = total(w), b = total(w.map((each) => each * each));
  const epsilon = shifted(pixels * pixels, Math.max(-127, Math.min(62, -17 - 2 * (exponent + s))));
  const exact = pixels * b - a * a + epsilon, variance = exact === 0n ? 1n : exact;
  const over = widthBig(variance) - 62, h = over + Math.abs(over % 2);
  const root = squareRoot(shifted(variance, -h)), count = normal(pixels, 0);
  return {
    mean: clipBig(alignBig(mean(a, x.length), s, MOST_MEAN), MOST_MEAN),
    std: normal((root << 32n) / count.mantissa, h / 2 - 32 - count.exponent + s),
  };
}

export function normForward(call: CallReader): Results {
  const x = call.tensor("x"), { values: norm } = call.tensor("norm"), running = call.tensor("running").values;
  const c = call.number("c"), pixels = call.number("pixels"), channels = map(c, (k) => k), g = x.exponent + 20;
  const own = channels.map((k) => map(pixels, (p) => x.values[p * c + k]!));
  const of = own.map((values) => statistics(values, x.exponent, magnitude(x.range)));
  const moved = (at: number, to: bigint) => {
    const from = big(running[at]!);
    return Number(clipBig(from + roundBig(to - from, 3), INT32));
  };
  const means = of.map((each, k) => moved(k, alignBig(each.mean, g - 16, INT32)));
  const stds = of.map(({ std }, k) => moved(c + k, alignBig(std.mantissa, std.exponent + g, INT32)));
  const inverses = of.map(({ std }) => ({ mantissa: (1n << 63n) / std.mantissa, exponent: -63 - std.exponent }));
  const affine = channels.map((k) => {
    const exponent = inverses[k]!.exponent + 26, u = Math.min(Math.max(-16 - exponent, 0), 31);
    const factor = alignBig(inverses[k]!.mantissa, exponent + u, 2n ** 30n);
    const fraction = of[k]!.mean & 0xffffn;
    return {
      u: big(u),
      factor,
      mean: of[k]!.mean >> 16n,
      most: 2n ** 30n / (factor > 0n ? factor : 1n),
      offset: 2n ** 14n + (u > 0 ? factor / 2n : 0n) - ((fraction * factor) >> big(16 + u)),
    };
  });
  const xhat = x.values.map((each, i) => {
    const { u, factor, mean, most, offset } = affine[i % c]!;
    const t = clipBig((big(each) - mean) >> u, most);
    return Number(clipBig((t * factor + offset) >> 15n, 32767n));
  });
  const residual = call.has("residual") ? call.tensor("residual") : undefined;
  const joins = residual === undefined ? 0 : Number(alignBig(1n, residual.exponent + 17, 2n ** 22n));
  const v = xhat.map((h, i) => h * norm[i % c]! + norm[c + i % c]! * 2048 + (residual?.values[i] ?? 0) * joins);
  const masked = call.has("mask"), passed = masked ? v.map((each) => Math.max(each, 0)) : v;
  const most = magnitude(span(passed)), shift = exactShift(big(most), 8);
  const ends = [masked ? 0 : round(-most, shift), round(most, shift)] as const;
  const top = Math.max(...inverses.map(({ exponent }) => exponent)) + 2;
  return {
    y: {
      values: passed.map((each) => Math.min(Math.max(round(each, shift), -127), 127)),
      exponent: shift - 17,
      range: [Math.max(ends[0], -127), Math.min(ends[1], 127)],
    },
    ...(masked && { mask: { values: v.map((each) => each > 0 ? 1 : 0) } }),
    xhat: { values: xhat, exponent: -11 },
    running: { values: [...means, ...stds], exponent: -20 },
    inverse: {
      values: inverses.map(({ mantissa, exponent }) => alignBig(mantissa, exponent - top, INT32)),
      exponent: top - x.exponent,
      range: [0, 2 ** 31 - 1],
    },
  };
}

export function normBackward(call: CallReader): Results {
  const dy = call.tensor("dy"), { values: xhat } = call.tensor("xhat"), { values: norm } = call.tensor("norm");
  const c = call.number("c"), pixels = call.number("pixels"), channels = map(c, (k) => k);
  const inverse = call.tensor("inverse");
  const sums = (of: (i: number) => number) =>
    channels.map((k) => big(map(pixels, (p) => of(p * c + k)).reduce((all, each) => all + each, 0)));
  const errors = sums((i) => dy.values[i]!), products = sums((i) => dy.values[i]! * xhat[i]!);
  const scales = channels.map((k) => big(norm[k]!) * big(inverse.values[k]!));
  const largest = (values: readonly bigint[]) => values.reduce((most, each) => abs(each) > most ? abs(each) : most, 0n);
  const drop = Math.max(0, widthBig(largest(scales)) - 24);
  const lanes = channels.map((k) => {
    const scale = roundBig(scales[k]!, drop);
    return { scale, a: -scale * mean(errors[k]!, pixels), b: -scale * mean(products[k]!, pixels) };
  });
  const most = largest(
    lanes.map(({ scale, a, b }) => abs(scale) * 128n + (abs(a) >> 16n) + 1n + ((abs(b) >> 38n) + 1n) * 32768n),
  );
  const s = Math.max(0, widthBig(most) - 29);
  const rounded = lanes.map(({ scale, a, b }) => ({
    error: Number(roundBig(scale, s)),
    slope: Number(roundBig(b, 38 + s)),
    constant: Number(roundBig(a, 16 + s)),
  }));
  const v = dy.values.map((g, i) => {
    const { error, slope, constant } = rounded[i % c]!;
    return g * error + xhat[i]! * slope + constant;
  });
  return {
    gradients: { values: [...products, ...errors.map((each) => each * 2048n)], exponent: dy.exponent - 11 },
    ...call.quantize("dx", v, dy.exponent - 6 + inverse.exponent + drop + s, span(v)),
  };
}
