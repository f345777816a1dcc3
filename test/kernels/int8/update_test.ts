import { assert, assertEquals, assertThrows } from "@std/assert";
import { RunError } from "../../../lib/errors.ts";
import { openLibrary } from "../../../lib/native/library.ts";
import { Tensor } from "../../../lib/native/tensor.ts";
import type { UpdatePolicy } from "../../../lib/native/words.ts";
import { integers, onEveryPath, operands, tensorOf } from "./fixture.ts";
import { randomBits, roundFraction } from "./random_reference.ts";
import { quantizeShift, scale } from "./reference.ts";

const clamp = (x: bigint, limit: bigint) => x > limit ? limit : x < -limit ? -limit : x;

/** A weight as it is stored: an int8 and the part below its steps. */
interface Stored {
  readonly weight: bigint;
  readonly fraction: bigint;
}

/**
 * Widths below the steps of a weight, the type that holds them, and what an
 * update of momentum v in 2^-12 steps is before it is clipped.
 */
const WIDTHS = [
  { below: 0, type: undefined, update: (v: bigint, bits: bigint) => roundFraction(v, 12, bits) },
  { below: 8, type: "uint8", update: (v: bigint, bits: bigint) => roundFraction(v, 4, bits) },
  { below: 16, type: "int16", update: (v: bigint) => v << 4n },
] as const;

/**
 * Bits of the momentum, the type that holds them, how many of its 2^-12 steps
 * are one that is kept, and the largest of those.
 */
const MOMENTA = [
  { bits: 24, type: "int32", array: Int32Array, dropped: 0n, most: 2 ** 23 - 1 },
  { bits: 16, type: "int16", array: Int16Array, dropped: 4n, most: 2 ** 15 - 1 },
] as const;

/** Whose words are all numbers. */
type Policy = { readonly [Word in keyof UpdatePolicy]: number };

const RECIPE: Policy = {
  weight_bits: 8,
  gradient_bits: 8,
  gradient_nearest: 0,
  gradient_fixed: 0,
  gradient_exponent: 0,
  update_bits: 8,
  update_nearest: 0,
  momentum_shift: 3,
  feedback: 0,
  nesterov: 0,
  decay: 0,
};

/** Count, exponent of the gradient, rate, and what differs from the recipe. Feedback counts for 8 stored bits alone. */
const CASES: readonly [number, number, number, number, Partial<Policy>][] = [
  [1, -20, 1, -9, {}],
  [1000, -14, 128, -16, {}],
  [16500, -26, 201, -18, {}],
  [4097, 3, 255, -2, {}],
  [300, -40, 77, -60, {}],
  [500, -24, 150, -16, { gradient_bits: 4, gradient_nearest: 1, update_nearest: 1, decay: 7 }],
  [500, -24, 150, -16, { weight_bits: 4, update_bits: 2, momentum_shift: 0, decay: 1 }],
  [500, -24, 255, 8, { gradient_fixed: 1, gradient_exponent: 64, momentum_shift: 8, decay: 40 }],
  [1000, -14, 128, -16, { feedback: 1 }],
  [16500, -26, 201, -18, { feedback: 1, decay: 4 }],
  [500, -24, 150, -16, { feedback: 1, gradient_nearest: 1, update_nearest: 1, decay: 30 }],
  [500, -3, 255, 8, { feedback: 1, momentum_shift: 0, update_bits: 3, weight_bits: 5 }],
  [500, -24, 99, -14, { feedback: 1, momentum_shift: 8, decay: 12 }],
  [16500, -26, 201, -18, { nesterov: 1 }],
  [1000, -14, 128, -16, { feedback: 1, nesterov: 1 }],
  [16500, -26, 201, -18, { feedback: 1, nesterov: 1, decay: 4 }],
  [500, -24, 255, 8, { nesterov: 1, gradient_fixed: 1, gradient_exponent: 64, momentum_shift: 8, decay: 40 }],
  [500, -3, 255, 8, { feedback: 1, nesterov: 1, momentum_shift: 0, update_bits: 3, weight_bits: 5 }],
  [500, -3, 255, 8, { feedback: 1, nesterov: 1 }],
  [500, -24, 99, -14, { feedback: 1, nesterov: 1, momentum_shift: 8, decay: 12, update_nearest: 1 }],
  [500, 0, 129, -12, { gradient_fixed: 1, gradient_exponent: -7, gradient_bits: 2, weight_bits: 2, update_bits: 5 }],
];

const limit = (bits: number) => 2n ** BigInt(bits - 1) - 1n;
const within = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high);

function store(stored: bigint, below: number): Stored {
  const weight = scale(stored, below);
  return { weight, fraction: stored - (weight << BigInt(below)) };
}

/** Values of which every fifth is an extreme of `bits` bits. */
function extremes(next: (low: number, high: number) => number, count: number, low: number, high: number): number[] {
  return Array.from({ length: count }, () => next(0, 4) === 0 ? (next(0, 1) === 0 ? low : high) : next(low, high));
}

Deno.test("weights of every stored width and their momentum move as defined, from int32 and int64 gradients alike", async () => {
  using library = await openLibrary();
  const next = integers(9);
  const [seed, step, stream] = [0xfedcba98, 41, 7];
  for (const [count, gradientExponent, mantissa, exponent, changes] of CASES) {
    const policy = { ...RECIPE, ...changes };
    const most = Number(limit(policy.weight_bits));
    const w = operands(next, count).map((x) => within(x, -most, most));
    const g = Array.from({ length: count }, () => next(-(2 ** 27), 2 ** 27));
    const largest = BigInt(g.reduce((m, x) => Math.max(m, Math.abs(x)), 0));
    const shift = quantizeShift(largest, policy.gradient_bits);
    const halves = (i: number) => {
      const bits = randomBits(seed, step, stream, i);
      return [bits >> 16n, bits % 2n ** 16n] as const;
    };
    const half = (kind: 0 | 1, i: number) =>
      (kind === 0 ? policy.gradient_nearest : policy.update_nearest) ? 2n ** 15n : halves(i)[kind];
    const doublings = 7 - Math.floor(Math.log2(mantissa));
    const rate = BigInt(mantissa << doublings);
    const steps = policy.gradient_fixed ? policy.gradient_exponent : gradientExponent + shift;
    const forceOf = (i: number, weight: bigint, finer: number) => {
      const lift = Math.min(steps + exponent + finer - (-9 - 12) - doublings, 16);
      const decayShift = policy.decay - exponent - finer + doublings;
      const decayRate = policy.decay === 0 ? 0n : rate >> BigInt(within(decayShift - 30, 0, 8));
      const q = clamp(roundFraction(BigInt(g[i]!), shift, half(0, i)), limit(policy.gradient_bits));
      const decay = roundFraction(weight * decayRate, within(decayShift, 4, 30), halves(i)[0]);
      return scale(q * rate, -lift) + decay;
    };
    const mostKept = 2n ** 23n - 1n, n = policy.momentum_shift;
    /** The momentum behind a step without feedback, and what the step takes. */
    const moved = (i: number, old: bigint, weight: bigint) => {
      const force = forceOf(i, weight, 0), momentum = clamp(old - scale(old, n) + force, mostKept);
      return { momentum, due: policy.nesterov ? clamp(force, mostKept) + momentum - scale(momentum, n) : momentum };
    };
    /** The momentum before and behind a step with feedback, and the step. */
    const fedBack = (i: number, old: bigint, weight: bigint) => {
      const force = forceOf(i, weight, n), v = clamp(old + force, mostKept), f = clamp(force, mostKept);
      const due = policy.nesterov ? v + f - (f >> BigInt(n)) : v;
      const u = clamp(roundFraction(due, 12 + n, half(1, i)), limit(policy.update_bits));
      return { u, momentum: v - (u << 12n) };
    };
    const weights = new Tensor(library, "int8", count);
    const narrow = tensorOf(library, "int32", Int32Array.from(g), gradientExponent);
    const wide = tensorOf(library, "int64", BigInt64Array.from(g, BigInt), gradientExponent);
    const pairs = WIDTHS.flatMap((width) => MOMENTA.map((momentum) => [width, momentum] as const));
    for (const [{ below, type, update }, kept] of pairs) {
      const v = extremes(next, count, -kept.most, kept.most);
      const f = below === 0 ? w.map(() => 0) : extremes(next, count, -(2 ** (below - 1)), 2 ** (below - 1) - 1);
      const old = w.map((weight, i) => (BigInt(weight) << BigInt(below)) + BigInt(f[i]!));
      const feedback = policy.feedback === 1 && below === 0;
      const moves = old.map((stored, i) => {
        const weight = (stored << 12n) >> BigInt(below), before = BigInt(v[i]!) << kept.dropped;
        if (feedback) return fedBack(i, before, weight);
        const { momentum, due } = moved(i, before, weight);
        return { u: clamp(update(due, half(1, i)), limit(policy.update_bits + below)), momentum };
      });
      const momenta = moves.map(({ momentum }, i) =>
        clamp((momentum + halves(i)[1] % 2n ** kept.dropped) >> kept.dropped, BigInt(kept.most))
      );
      const expected = old.map((stored, i) =>
        store(clamp(stored - moves[i]!.u, limit(policy.weight_bits) << BigInt(below)), below)
      );
      const array = below === 8 ? Uint8Array : Int16Array;
      const fraction = type && new Tensor(library, type, count), momentum = new Tensor(library, kept.type, count);
      onEveryPath(library, (path) => {
        const widths = `${8 + below} bits, momentum of ${kept.bits}`;
        const what = `${path}, ${widths}, rate ${mantissa} * 2^${exponent}, ${JSON.stringify(changes)}`;
        for (const gradient of [narrow, wide]) {
          weights.write(Int8Array.from(w));
          weights.exponent = -9;
          momentum.write(kept.array.from(v));
          fraction?.write(array.from(f));
          const rate = { rate_mantissa: mantissa, rate_exponent: exponent };
          const tensors = { weights, fraction, momentum, dw: gradient };
          library.call("int8_update", { ...tensors, policy, ...rate, count, seed, step, stream });
          assertEquals(weights.read(new Int8Array(count)), Int8Array.from(expected, (e) => Number(e.weight)), what);
          assertEquals(momentum.read(new kept.array(count)), kept.array.from(momenta.map(Number)), what);
          if (fraction !== undefined) {
            assertEquals(fraction.read(new array(count)), array.from(expected.map((e) => Number(e.fraction))), what);
          }
        }
      });
      for (const tensor of [momentum, fraction]) tensor?.close();
    }
    for (const tensor of [weights, narrow, wide]) tensor.close();
  }
});

/** Largest gradient, rate, its exponent, feedback and Nesterov's momentum: with and without, shifts of gradients up to
 * 16 bits and above, and of the rate to the left, so far that twice a force passes int32, and to the right. */
const BLOCKS = [
  [80, 200, -9, 1, 0],
  [500_000, 140, -18, 1, 0],
  [2 ** 24, 255, -20, 1, 0],
  [2 ** 27, 130, -10, 1, 0],
  [2 ** 27, 130, -17, 0, 0],
  [3000, 160, -6, 0, 0],
  [3000, 160, -13, 0, 0],
  [2 ** 24, 140, -6, 0, 0],
  [80, 200, -9, 1, 1],
  [500_000, 140, -18, 1, 1],
  [2 ** 24, 255, -20, 1, 1],
  [2 ** 27, 130, -10, 1, 1],
  [3000, 255, 4, 1, 1],
  [3000, 160, -6, 0, 1],
] as const;

Deno.test("most weights take steps that nothing clips, and then every path has the scalar's", async () => {
  using library = await openLibrary();
  const next = integers(11), count = 140_007, clipped = 70_001;
  const old = Int8Array.from(operands(next, count)), v = Int32Array.from(old, () => next(-(2 ** 17), 2 ** 17));
  v[clipped] = 2 ** 23 - 1;
  const weights = new Tensor(library, "int8", count), momentum = new Tensor(library, "int32", count);
  for (const [largest, rate_mantissa, exponent, feedback, nesterov] of BLOCKS) {
    const dw = tensorOf(library, "int32", Int32Array.from(old, () => next(-largest, largest)), -20);
    const shift = Number(quantizeShift(BigInt(largest), 8)), rate_exponent = exponent + 8 - shift;
    const results: { moved: Int8Array; kept: Int32Array }[] = [];
    onEveryPath(library, (path) => {
      weights.write(old);
      weights.exponent = -9;
      momentum.write(v);
      const words = { weights, fraction: undefined, momentum, dw, policy: { ...RECIPE, feedback, nesterov }, count };
      library.call("int8_update", { ...words, rate_mantissa, rate_exponent, seed: 3, step: 4, stream: 5 });
      results.push({ moved: weights.read(new Int8Array(count)), kept: momentum.read(new Int32Array(count)) });
      assertEquals(results.at(-1), results[0], `${path}, gradients to ${largest}, nesterov ${nesterov}`);
    });
    assert(results[0]!.moved.some((weight, i) => weight !== old[i]));
    dw.close();
  }
  for (const tensor of [weights, momentum]) tensor.close();
});

/** Momentum is 7/8; forces in weight steps, by which a step of heavy ball without momentum would move. */
const MOMENTUM = 7 / 8, FORCES = [3, -1.5, 0, 0, 2.25, 0.75, -4, 0, 0, 0, 1.5, 0, 0, 0, 0, 0, 0, 0, 0, 0];

for (const feedback of [0, 1]) {
  for (const nesterov of [0, 1]) {
    const kind = `${nesterov === 1 ? "Nesterov's" : "heavy ball's"} momentum, feedback ${feedback}`;
    Deno.test(`in the mean, weights of 8 bits move as ${kind} says`, async () => {
      using library = await openLibrary();
      const count = 4000;
      const weights = tensorOf(library, "int8", new Int8Array(count), 0), fraction = undefined;
      const momentum = tensorOf(library, "int32", new Int32Array(count));
      let velocity = 0, weight = 0;
      for (const [step, force] of FORCES.entries()) {
        // A rate of 2^-4 and gradients that fit int8, so that neither is rounded.
        const dw = tensorOf(library, "int32", new Int32Array(count).fill(16 * force), 0);
        const rate = { rate_mantissa: 1, rate_exponent: -4 }, policy = { ...RECIPE, feedback, nesterov };
        const words = { weights, fraction, momentum, dw, policy, ...rate, count };
        library.call("int8_update", { ...words, seed: 5, step, stream: 6 });
        dw.close();
        velocity = MOMENTUM * velocity + force;
        weight -= nesterov === 1 ? force + MOMENTUM * velocity : velocity;
        const moved = weights.read(new Int8Array(count)), mean = moved.reduce((sum, w) => sum + w, 0) / count;
        const deviation = Math.sqrt(moved.reduce((sum, w) => sum + (w - mean) ** 2, 0) / count);
        // A rounding has a deviation of half a step at most; those of all steps add up, or with feedback decay.
        assert(deviation < 0.5 * Math.sqrt(feedback === 1 ? 1 / (1 - MOMENTUM ** 2) : step + 1) + 0.1, `${deviation}`);
        const error = Math.abs(mean - weight), allowed = 4 * deviation / Math.sqrt(count) + 0.01;
        assert(error < allowed, `step ${step}: ${mean}, not ${weight}`);
      }
      for (const tensor of [weights, momentum]) tensor.close();
    });
  }
}

Deno.test("a momentum of 16 bits is off by nothing in the mean, and by less than a step at most", async () => {
  using library = await openLibrary();
  const count = 40_000, kept = 1000, rate = { rate_mantissa: 128, rate_exponent: -16 };
  const weights = tensorOf(library, "int8", new Int8Array(count)), fraction = undefined;
  const momentum = tensorOf(library, "int16", new Int16Array(count).fill(kept));
  const dw = tensorOf(library, "int32", new Int32Array(count));
  const words = { weights, fraction, momentum, dw, policy: RECIPE, ...rate, count, seed: 5, step: 6, stream: 7 };
  library.call("int8_update", words);
  const values = momentum.read(new Int16Array(count)), exact = kept - kept / 8;
  assert(values.every((v) => v === exact || v === exact + 1));
  momentum.write(new Int16Array(count).fill(3));
  library.call("int8_update", words);
  const small = momentum.read(new Int16Array(count)), mean = small.reduce((sum, v) => sum + v, 0) / count;
  // 3 * 16 steps leak 6 of them: 42 / 16.
  assert(small.every((v) => v === 2 || v === 3) && Math.abs(mean - 42 / 16) < 4 * 0.5 / Math.sqrt(count), `${mean}`);
  for (const tensor of [weights, momentum, dw]) tensor.close();
});

Deno.test("scalars move as defined", async () => {
  using library = await openLibrary();
  const next = integers(10);
  const [biases, scales, mantissa, exponent] = [11, 4, 205, -20];
  const count = biases + scales;
  const values = Int16Array.from({ length: count }, () => next(-32767, 32767));
  const velocities = Array.from({ length: count }, () => BigInt(next(-(2 ** 30), 2 ** 30)));
  const sums = Array.from({ length: count }, () => BigInt(next(-(2 ** 31), 2 ** 31)));
  const exponents = Array.from({ length: count }, () => next(-30, -5));
  for (const [momentum_shift, nesterov] of [[3, 0], [0, 0], [8, 0], [3, 1], [0, 1], [8, 1]] as const) {
    const expected = sums.map((sum, i) => {
      const shift = exponents[i]! + exponent - ((i < biases ? -14 : -13) - 16);
      const old = velocities[i]!, force = clamp(scale(sum * BigInt(mantissa), -shift), 2n ** 44n);
      const v = clamp(old - scale(old, momentum_shift) + force, 2n ** 44n);
      const due = nesterov === 1 ? force + v - scale(v, momentum_shift) : v;
      const u = clamp((due + (randomBits(5, 6, 9, i) >> 16n)) >> 16n, 32767n);
      return [Number(clamp(BigInt(values[i]!) - u, 32767n)), v] as const;
    });
    const scalars = tensorOf(library, "int16", values);
    const momentum = tensorOf(library, "int64", BigInt64Array.from(velocities));
    const gradients = tensorOf(
      library,
      "int64",
      BigInt64Array.from(sums.flatMap((sum, i) => [sum, BigInt(exponents[i]!)])),
    );
    library.call("int8_update_scalars", {
      ...{ scalars, momentum, gradients, momentum_shift, nesterov, rate_mantissa: mantissa, rate_exponent: exponent },
      ...{ biases, scales, seed: 5, step: 6, stream: 9 },
    });
    assertEquals([...scalars.read(new Int16Array(count))], expected.map(([value]) => value));
    assertEquals([...momentum.read(new BigInt64Array(count))], expected.map(([, v]) => v));
    for (const tensor of [scalars, momentum, gradients]) tensor.close();
  }
});

Deno.test("gradients are cleared where that is asked for, and nowhere else", async () => {
  using library = await openLibrary();
  const gradients = tensorOf(library, "int64", BigInt64Array.of(1n, -2n, 3n, -4n, 5n));
  const clear = (first: number, count: number) => library.call("int8_clear_gradients", { gradients, first, count });
  clear(1, 3);
  assertEquals([...gradients.read(new BigInt64Array(5))], [1n, 0n, 0n, 0n, 5n]);
  clear(5, 0);
  assertEquals([...gradients.read(new BigInt64Array(5))], [1n, 0n, 0n, 0n, 5n]);
  assertThrows(() => clear(-1, 2), RunError, "first: -1 is not in 0..");
  assertThrows(() => clear(0, -1), RunError, "count: -1 is not in 0..");
  assertThrows(() => clear(3, 3), RunError, "gradients: has 5 elements, needs 6");
  gradients.close();
});

Deno.test("a wrong word of an update policy is refused by name, before anything is changed", async () => {
  using library = await openLibrary();
  const [weights, momentum, dw] = [
    tensorOf(library, "int8", Int8Array.of(3)),
    tensorOf(library, "int32", Int32Array.of(9)),
    tensorOf(library, "int32", Int32Array.of(-7)),
  ];
  const rest = { rate_mantissa: 128, rate_exponent: -16, count: 1, seed: 1, step: 2, stream: 3 };
  const ranges: Readonly<Record<keyof Policy, readonly [number, number]>> = {
    weight_bits: [2, 8],
    gradient_bits: [2, 8],
    gradient_nearest: [0, 1],
    gradient_fixed: [0, 1],
    gradient_exponent: [-64, 64],
    update_bits: [2, 8],
    update_nearest: [0, 1],
    momentum_shift: [0, 8],
    feedback: [0, 1],
    nesterov: [0, 1],
    decay: [0, 40],
  };
  for (const [word, [least, most]] of Object.entries(ranges)) {
    for (const wrong of [least - 1, most + 1, -(2 ** 31), 2 ** 31 - 1]) {
      const policy = { ...RECIPE, [word]: wrong };
      const run = () => library.call("int8_update", { weights, fraction: undefined, momentum, dw, policy, ...rest });
      assertThrows(run, RunError, `policy.${word}: ${wrong} is not `);
    }
  }
  assertEquals([...weights.read(new Int8Array(1)), ...momentum.read(new Int32Array(1))], [3, 9]);
  for (const tensor of [weights, momentum, dw]) tensor.close();
});

Deno.test("random bits are balanced and differ by seed, step, stream and element", () => {
  const draws = Array.from({ length: 4096 }, (_, i) => randomBits(1, 2, 3, i));
  for (let bit = 0n; bit < 32n; bit++) {
    const ones = draws.filter((draw) => draw >> bit & 1n).length;
    assert(Math.abs(ones - 2048) < 4.5 * 32, `bit ${bit}: ${ones} of 4096`);
  }
  assertEquals(new Set([...draws, randomBits(2, 2, 3, 0), randomBits(1, 3, 3, 0), randomBits(1, 2, 4, 0)]).size, 4099);
});
