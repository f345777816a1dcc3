/** Gradients and updates of a dump. */

import type { CallReader, Results } from "./call.ts";
import {
  abs,
  alignBig,
  big,
  clip,
  clipBig,
  exactShift,
  limit,
  map,
  randomBits,
  type Range,
  round,
  roundBig,
} from "./numbers.ts";

const MOMENTUM = 2 ** 23 - 1;
const INT32: Range = [-(2 ** 31), 2 ** 31 - 1];

function centre(call: CallReader): Results {
  const narrow = call.call.operands.dw!.type === "int32";
  const n = call.number("count") / call.number("channels"), dw = call.wide("dw");
  const reciprocal = big(Math.floor((2 ** 22 + Math.floor(n / 2)) / n));
  const values = map(call.number("channels"), (k) => k).flatMap((k) => {
    const own = dw.slice(k * n, (k + 1) * n).map((g) => narrow ? g : clipBig(g, 2n ** 40n));
    const mean = (own.reduce((all, g) => all + g, 0n) * reciprocal + (1n << 21n)) >> 22n;
    return own.map((g) => narrow ? clipBig(g - mean, 2n ** 31n - 1n) : g - mean);
  });
  const least = values.reduce((low, g) => g < low ? g : low, 0n),
    most = values.reduce((high, g) => g > high ? g : high, 0n);
  const range = narrow ? [Number(least), Number(most)] as const : INT32;
  return { dw: { values, range, exponent: call.exponent("dw") } };
}

/** (x + u) / 2^s rounded down, u of 16 bits as a fraction of 2^s. */
const fraction = (x: bigint, s: number, u: number) => (x + ((big(u) << big(s)) >> 16n)) >> big(s);

/** A learning rate with its mantissa in 128..255. */
function normalised(mantissa: number, exponent: number): [mantissa: number, exponent: number] {
  return mantissa < 128 ? normalised(2 * mantissa, exponent - 1) : [mantissa, exponent];
}

/** Bits below a weight's steps that are stored, and their tensor as signed numbers. */
function storedBelow(call: CallReader): { bits: number; values: readonly number[] } {
  if (!call.has("fraction")) return { bits: 0, values: [] };
  const { values } = call.tensor("fraction");
  if (call.call.operands.fraction!.type === "int16") return { bits: 16, values };
  return { bits: 8, values: values.map((byte) => byte >= 128 ? byte - 256 : byte) };
}

function update(call: CallReader): Results {
  const weights = call.tensor("weights"), momentum = call.tensor("momentum").values, dw = call.wide("dw");
  const policy = (word: string) => call.policy(word), dropped = call.call.operands.momentum!.type === "int16" ? 4 : 0;
  const below = storedBelow(call), feedback = policy("feedback") === 1 && below.bits === 0;
  const draw = randomBits({ seed: call.number("seed"), step: call.number("step"), stream: call.number("stream") });
  const shift = exactShift(dw.reduce((most, g) => abs(g) > most ? abs(g) : most, 0n), policy("gradient_bits"));
  const gradientExponent = policy("gradient_fixed") === 1 ? policy("gradient_exponent") : call.exponent("dw") + shift;
  const [mantissa, rate] = normalised(call.number("rate_mantissa"), call.number("rate_exponent"));
  const finer = feedback ? policy("momentum_shift") : 0, nesterov = policy("nesterov") === 1;
  const lift = rate + gradientExponent - (weights.exponent - 12) + finer, decay = policy("decay");
  const decayShift = decay - rate - finer, most = limit(policy("weight_bits"));
  const mostKept = dropped > 0 ? 2 ** 15 - 1 : MOMENTUM, before = momentum.map((v) => v * 2 ** dropped);
  const keptOf = (v: number, low: number) => clip(Math.floor((v + low % 2 ** dropped) / 2 ** dropped), mostKept);
  const results = { weights: [] as number[], momentum: [] as number[], fraction: [] as number[] };
  weights.values.forEach((weight, i) => {
    const bits = draw(i), high = bits >>> 16, low = bits & 0xffff;
    const half = (nearest: string, own: number) => policy(nearest) === 1 ? 2 ** 15 : own;
    const g = clip(
      Number(clipBig(fraction(dw[i]!, shift, half("gradient_nearest", high)), 127n)),
      limit(policy("gradient_bits")),
    );
    const stored = weight * 2 ** below.bits + (below.values[i] ?? 0);
    let force = round(g * mantissa * 2 ** clip(Math.max(lift, 0), 16), Math.min(Math.max(-lift, 0), 17));
    if (decay > 0) {
      const fine = Math.floor(stored * 2 ** (12 - below.bits)),
        by = mantissa >> Math.min(Math.max(decayShift - 30, 0), 8);
      force += Number(fraction(big(fine * by), Math.min(Math.max(decayShift, 4), 30), high));
    }
    const u = half("update_nearest", low), updateBits = policy("update_bits");
    if (feedback) {
      const v = clip(before[i]! + force, MOMENTUM);
      const due = nesterov ? v + clip(force, MOMENTUM) - Math.floor(clip(force, MOMENTUM) / 2 ** finer) : v;
      const step = clip(Number(fraction(big(due), 12 + finer, u)), limit(updateBits));
      results.momentum.push(keptOf(v - step * 2 ** 12, low));
      results.weights.push(clip(weight - step, most));
      return;
    }
    const v = clip(before[i]! + force - round(before[i]!, policy("momentum_shift")), MOMENTUM);
    const due = nesterov ? clip(force, MOMENTUM) + v - round(v, policy("momentum_shift")) : v;
    const exact = below.bits === 16 ? due * 16 : Number(fraction(big(due), 12 - below.bits, u));
    const step = clip(exact, 2 ** (updateBits - 1 + below.bits) - 1);
    const next = clip(stored - step, most * 2 ** below.bits), top = round(next, below.bits);
    results.momentum.push(keptOf(v, low));
    results.weights.push(top);
    results.fraction.push(next - top * 2 ** below.bits);
  });
  const bytes = results.fraction.map((q) => below.bits === 8 && q < 0 ? q + 256 : q);
  return {
    weights: { values: results.weights, range: [-127, 127], exponent: weights.exponent },
    momentum: { values: results.momentum, range: [-mostKept, mostKept] },
    ...(below.bits > 0 && { fraction: { values: bytes } }),
  };
}

function clear(call: CallReader): Results {
  const first = call.number("first"), end = first + call.number("count");
  return { gradients: { values: call.wide("gradients").map((g, i) => i >= first && i < end ? 0n : g) } };
}

function updateScalars(call: CallReader): Results {
  const { values: scalars } = call.tensor("scalars"), gradients = call.wide("gradients");
  const draw = randomBits({ seed: call.number("seed"), step: call.number("step"), stream: call.number("stream") });
  const most = 2n ** 44n;
  const moved = call.wide("momentum").map((velocity, i) => {
    const unit = (i < call.number("biases") ? -14 : -13) - 16, v = clipBig(velocity, most);
    const s = Number(clipBig(gradients[2 * i + 1]!, 2n ** 20n)) + call.number("rate_exponent") - unit;
    const scaled = clipBig(gradients[2 * i]!, 2n ** 52n) * big(call.number("rate_mantissa"));
    const force = alignBig(scaled, s, most), shift = call.number("momentum_shift");
    const momentum = clipBig(v + force - roundBig(v, shift), most);
    return { momentum, due: call.number("nesterov") === 1 ? force + momentum - roundBig(momentum, shift) : momentum };
  });
  const next = scalars.map((q, i) => {
    const step = clipBig((moved[i]!.due + big(draw(i) >>> 16)) >> 16n, 32767n);
    return Number(clipBig(big(q) - step, 32767n));
  });
  return { scalars: { values: next }, momentum: { values: moved.map(({ momentum }) => momentum) } };
}

export const UPDATES: Readonly<Record<string, (call: CallReader) => Results>> = {
  int8_centre_gradients: centre,
  int8_update: update,
  int8_clear_gradients: clear,
  int8_update_scalars: updateScalars,
};
