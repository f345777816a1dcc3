import { assert, assertEquals } from "@std/assert";
import { openLibrary } from "../../../lib/native/library.ts";
import { Tensor } from "../../../lib/native/tensor.ts";
import { call, integers, onEveryPath, operands, tensorOf } from "./fixture.ts";
import { quantizeShift, scale } from "./reference.ts";

function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** 32 random bits of one element (kernels/int8/random.h). */
function randomBits(seed: number, step: number, tensor: number, element: number): bigint {
  const first = mix((mix((mix(seed) + step) >>> 0) + tensor) >>> 0);
  const second = mix((first ^ 0x9e3779b9) >>> 0);
  let x = (element + first) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(((x ^ (x >>> 15)) + second) | 0, 0x846ca68b);
  return BigInt((x ^ (x >>> 16)) >>> 0);
}

const clamp = (x: bigint, limit: bigint) => x > limit ? limit : x < -limit ? -limit : x;
const roundRandom = (x: bigint, shift: number, bits: bigint) => (x + (bits >> BigInt(32 - shift))) >> BigInt(shift);

/** A weight as it is stored: an int8 and the part below its steps. */
interface Stored {
  readonly weight: bigint;
  readonly fraction: bigint;
}

/** Widths below the steps of a weight, the type that holds them, and what an update of momentum v in 2^-12 steps is. */
const WIDTHS = [
  { below: 0, type: undefined, update: (v: bigint, bits: bigint) => clamp(roundRandom(v, 12, bits), 127n) },
  { below: 8, type: "uint8", update: (v: bigint, bits: bigint) => clamp(roundRandom(v, 4, bits), 32767n) },
  { below: 16, type: "int16", update: (v: bigint) => clamp(v << 4n, 2n ** 23n - 1n) },
] as const;

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
  for (
    const [count, gradientExponent, mantissa, exponent] of [
      [1, -20, 1, -9],
      [1000, -14, 128, -16],
      [16500, -26, 201, -18],
      [4097, 3, 255, -2],
      [300, -40, 77, -60],
    ] as const
  ) {
    const w = operands(next, count);
    const v = extremes(next, count, -(2 ** 23) + 1, 2 ** 23 - 1);
    const g = Array.from({ length: count }, () => next(-(2 ** 27), 2 ** 27));
    const shift = quantizeShift(BigInt(g.reduce((m, x) => Math.max(m, Math.abs(x)), 0)));
    const bits = (kind: 0 | 1, i: number) => randomBits(seed, step, 2 * stream + kind, i);
    const doublings = 7 - Math.floor(Math.log2(mantissa));
    const lift = Math.min(gradientExponent + shift + exponent - (-9 - 12) - doublings, 16);
    const momenta = g.map((x, i) => {
      const q = clamp(roundRandom(BigInt(x), shift, bits(0, i)), 127n);
      const old = BigInt(v[i]!);
      const risen = scale(q * BigInt(mantissa << doublings), -lift);
      return clamp(old - ((old + 4n) >> 3n) + risen, 2n ** 23n - 1n);
    });
    const weights = new Tensor(library, "int8", count);
    const velocity = new Tensor(library, "int32", count);
    const narrow = tensorOf(library, "int32", Int32Array.from(g), gradientExponent);
    const wide = tensorOf(library, "int64", BigInt64Array.from(g, BigInt), gradientExponent);
    for (const { below, type, update } of WIDTHS) {
      const f = below === 0 ? w.map(() => 0) : extremes(next, count, -(2 ** (below - 1)), 2 ** (below - 1) - 1);
      const expected = w.map((weight, i) => {
        const stored = (BigInt(weight) << BigInt(below)) + BigInt(f[i]!) - update(momenta[i]!, bits(1, i));
        return store(clamp(stored, 127n << BigInt(below)), below);
      });
      const array = below === 8 ? Uint8Array : Int16Array;
      const fraction = type && new Tensor(library, type, count);
      onEveryPath(library, (path) => {
        const what = `${path}, ${8 + below} bits, rate ${mantissa} * 2^${exponent}`;
        for (const gradient of [narrow, wide]) {
          weights.write(Int8Array.from(w));
          weights.exponent = -9;
          velocity.write(Int32Array.from(v));
          fraction?.write(array.from(f));
          const tensors = [weights, fraction ?? 0, velocity, gradient];
          call(library, "eoq_int8_update", ...tensors, count, mantissa, exponent, seed, step, stream);
          assertEquals(weights.read(new Int8Array(count)), Int8Array.from(expected, (e) => Number(e.weight)), what);
          assertEquals(velocity.read(new Int32Array(count)), Int32Array.from(momenta, Number), what);
          if (fraction !== undefined) {
            assertEquals(fraction.read(new array(count)), array.from(expected.map((e) => Number(e.fraction))), what);
          }
        }
      });
      fraction?.close();
    }
    for (const tensor of [weights, velocity, narrow, wide]) tensor.close();
  }
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
  const expected = sums.map((sum, i) => {
    const shift = exponents[i]! + exponent - ((i < biases ? -14 : -13) - 16);
    const old = velocities[i]!;
    const v = clamp(old - ((old + 4n) >> 3n) + clamp(scale(sum * BigInt(mantissa), -shift), 2n ** 44n), 2n ** 44n);
    const u = clamp((v + (randomBits(5, 6, 2 * 9, i) >> 16n)) >> 16n, 32767n);
    return [Number(clamp(BigInt(values[i]!) - u, 32767n)), v] as const;
  });
  const scalars = tensorOf(library, "int16", values);
  const momentum = tensorOf(library, "int64", BigInt64Array.from(velocities));
  const gradients = tensorOf(
    library,
    "int64",
    BigInt64Array.from(sums.flatMap((sum, i) => [sum, BigInt(exponents[i]!)])),
  );
  const tensors = [scalars, momentum, gradients];
  call(library, "eoq_int8_update_scalars", ...tensors, biases, scales, mantissa, exponent, 5, 6, 9);
  assertEquals([...scalars.read(new Int16Array(count))], expected.map(([value]) => value));
  assertEquals([...momentum.read(new BigInt64Array(count))], expected.map(([, v]) => v));
  for (const tensor of [scalars, momentum, gradients]) tensor.close();
});

Deno.test("random bits are balanced and differ by seed, step, tensor and element", () => {
  const draws = Array.from({ length: 4096 }, (_, i) => randomBits(1, 2, 3, i));
  for (let bit = 0n; bit < 32n; bit++) {
    const ones = draws.filter((draw) => draw >> bit & 1n).length;
    assert(Math.abs(ones - 2048) < 4.5 * 32, `bit ${bit}: ${ones} of 4096`);
  }
  assertEquals(new Set([...draws, randomBits(2, 2, 3, 0), randomBits(1, 3, 3, 0), randomBits(1, 2, 4, 0)]).size, 4099);
});
