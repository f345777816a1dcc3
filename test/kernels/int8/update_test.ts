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

Deno.test("weights and momentum move as defined, from int32 and int64 gradients alike", async () => {
  using library = await openLibrary();
  const next = integers(9);
  const [seed, step, stream] = [0xfedcba98, 41, 7];
  for (
    const [count, gradientExponent, rate] of [[1, -20, -9], [1000, -14, -9], [16500, -26, -11], [300, 3, -2]] as const
  ) {
    const w = operands(next, count);
    const v = Array.from({ length: count }, () => next(-(2 ** 23) + 1, 2 ** 23 - 1));
    const g = Array.from({ length: count }, () => next(-(2 ** 27), 2 ** 27));
    const most = g.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
    const shift = quantizeShift(BigInt(most));
    const lift = gradientExponent + shift + rate - (-9 - 12);
    const expected = g.map((x, i) => {
      const q = clamp(roundRandom(BigInt(x), shift, randomBits(seed, step, 2 * stream, i)), 127n);
      const old = BigInt(v[i]!);
      const momentum = clamp(old - ((old + 4n) >> 3n) + scale(q, -Math.min(lift, 23)), 2n ** 23n - 1n);
      const u = clamp(roundRandom(momentum, 12, randomBits(seed, step, 2 * stream + 1, i)), 127n);
      return [Number(clamp(BigInt(w[i]!) - u, 127n)), Number(momentum)];
    });
    const weights = new Tensor(library, "int8", count);
    const velocity = new Tensor(library, "int32", count);
    const narrow = tensorOf(library, "int32", Int32Array.from(g), gradientExponent);
    const wide = tensorOf(library, "int64", BigInt64Array.from(g, BigInt), gradientExponent);
    onEveryPath(library, (what) => {
      for (const gradient of [narrow, wide]) {
        weights.write(Int8Array.from(w));
        weights.exponent = -9;
        velocity.write(Int32Array.from(v));
        call(library, "eoq_int8_update", weights, velocity, gradient, count, rate, seed, step, stream);
        assertEquals([...weights.read(new Int8Array(count))], expected.map(([weight]) => weight!), what);
        assertEquals([...velocity.read(new Int32Array(count))], expected.map(([, momentum]) => momentum!), what);
      }
    });
    for (const tensor of [weights, velocity, narrow, wide]) tensor.close();
  }
});

Deno.test("scalars move as defined, by a tenth of the rate", async () => {
  using library = await openLibrary();
  const next = integers(10);
  const [biases, scales, rate] = [11, 4, -9];
  const count = biases + scales;
  const values = Int16Array.from({ length: count }, () => next(-32767, 32767));
  const velocities = Array.from({ length: count }, () => BigInt(next(-(2 ** 30), 2 ** 30)));
  const sums = Array.from({ length: count }, () => BigInt(next(-(2 ** 31), 2 ** 31)));
  const exponents = Array.from({ length: count }, () => next(-30, -5));
  const expected = sums.map((sum, i) => {
    const shift = exponents[i]! + rate - ((i < biases ? -14 : -13) - 16) - 11;
    const old = velocities[i]!;
    const v = clamp(old - ((old + 4n) >> 3n) + clamp(scale(sum * 205n, -shift), 2n ** 44n), 2n ** 44n);
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
  call(library, "eoq_int8_update_scalars", scalars, momentum, gradients, biases, scales, rate, 5, 6, 9);
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
