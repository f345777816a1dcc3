/** The softmax cross-entropy of a dump. */

import type { CallReader, Computed, Results } from "./call.ts";
import { align, big, clipBig, map, randomBits, sum, type Values } from "./numbers.ts";

const WHOLE = 256, NATS = 45426n, LOG2_E = 23637;

/** 2^15 * exp(-d), d in steps of 2^-8 and not below 0. */
function exponential(d: number): number {
  if (d >= 2 ** 15) return 0;
  const power = d * LOG2_E, shift = Math.floor(power / 2 ** 22);
  if (shift > 15) return 0;
  const entry = Math.round(2 ** 15 * 2 ** (-(Math.floor(power / 2 ** 17) % 32) / 32));
  return entry >> shift;
}

/** log2 with 16 fraction bits. */
function logarithm(x: number): bigint {
  const whole = Math.floor(Math.log2(x));
  let mantissa = big(x) << big(31 - whole), result = big(whole);
  for (let i = 0; i < 16; i++) {
    mantissa = (mantissa * mantissa) >> 31n;
    result *= 2n;
    if (mantissa >= 1n << 32n) {
      mantissa >>= 1n;
      result++;
    }
  }
  return result;
}

/** What is the same for all images. */
interface Targets {
  readonly classes: number;
  readonly share: number;
  readonly smoothing: number;
  /** Fraction bits. */
  readonly fraction: number;
}

/** Target of class i. */
function target({ classes, share, smoothing, fraction }: Targets, label: number, partner: number, i: number): bigint {
  const own = (i === label ? share : 0) + (i === partner ? WHOLE - share : 0);
  if (fraction === 8) return big(own);
  const spread = Math.floor((smoothing * 2 ** 16 + Math.floor(classes / 2)) / classes);
  return big(own) * big(WHOLE - smoothing) * 256n + big(spread);
}

/** The loss of an image whose distances from the largest logit these are, in steps of 2^-16 nats. */
function imageLoss(distances: Values, total: number, targets: Targets, label: number, partner: number): bigint {
  const { classes, share, smoothing } = targets;
  let distance = big(share) * big(distances[label]!) + big(WHOLE - share) * big(distances[partner]!);
  if (smoothing > 0) {
    const all = big(sum(distances)) * big(smoothing) * 256n;
    distance = (distance * big((WHOLE - smoothing) * classes) + all) / big(WHOLE * classes);
  }
  return (((logarithm(total) - (15n << 16n)) * NATS) >> 16n) + distance;
}

export function loss(call: CallReader): Results {
  const logits = call.tensor("logits"), { values: labels } = call.tensor("labels");
  const partners = call.has("partners") ? call.tensor("partners").values : labels;
  const n = call.number("n"), classes = call.number("classes"), smoothing = call.number("smoothing");
  const targets = { classes, share: call.number("share"), smoothing, fraction: smoothing === 0 ? 8 : 24 };
  const { rounding, random } = call.quantizer;
  const draw = random && randomBits(random), finer = big(targets.fraction - 8);
  const coarse: number[] = [], fine: number[] = [], flagged = call.has("quantizer.fine");
  let total = 0n, correct = 0n;
  for (let image = 0; image < n; image++) {
    const own = logits.values.slice(image * classes, (image + 1) * classes);
    const scaled = own.map((v) => align(v, logits.exponent + 8, 2 ** 28));
    const best = own.reduce((most, v, i) => v > own[most]! ? i : most, 0);
    const distances = scaled.map((v) => scaled[best]! - v), exponentials = distances.map(exponential);
    const s = sum(exponentials), label = labels[image]!, partner = partners[image]!;
    if ([label, partner].some((each) => each < 0 || each >= classes)) throw new Error(`${label}, ${partner}: no class`);
    total += imageLoss(distances, s, targets, label, partner);
    if (best === label) correct++;
    for (let i = 0; i < classes; i++) {
      const element = image * classes + i, whole = (2n * big(s)) << finer;
      const error = (big(exponentials[i]!) << big(targets.fraction)) - big(s) * target(targets, label, partner, i);
      const bits = rounding === "stochastic" ? big(draw!(element)) : 1n << 31n;
      const half = ((2n * big(s) * bits) >> 32n) << finer;
      const rounded = (e: bigint) => Number(clipBig((e + 128n * whole + half) / whole - 128n, 127n));
      const small = flagged && error < whole && error > -whole;
      coarse.push(small ? 0 : rounded(error));
      fine.push(small ? rounded(error * 128n) : 0);
    }
  }
  const metrics: Computed = { values: [total, correct] };
  if (!call.has("dlogits")) return { metrics };
  const ofClass = (i: number) =>
    sum(map(n, (image) => {
      const element = image * classes + i;
      return flagged ? coarse[element]! * 128 + fine[element]! : coarse[element]!;
    }));
  const first = call.number("bias");
  const range = [-127, 127] as const;
  return {
    metrics,
    dlogits: { values: coarse, exponent: -7, range },
    ...(flagged && { "quantizer.fine": { values: fine, exponent: -14, range } }),
    ...call.gradients(...map(classes, (i) => i).map((i) => [first + i, ofClass(i), flagged ? -14 : -7] as const)),
  };
}
