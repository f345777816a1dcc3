import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { type Split, splitInMemory } from "../../lib/data/dataset.ts";
import { MOST_NOISE, noisySplit } from "../../lib/data/noise.ts";
import { RandomStream } from "../../lib/random.ts";

const SHAPE = { height: 16, width: 16, channels: 3 };
const BYTES = 16 * 16 * 3;

/** Images whose every byte is `value`. */
function flat(value: number, count: number): Split {
  return splitInMemory(SHAPE, new Uint8Array(count * BYTES).fill(value), new Int16Array(count));
}

/** What the noise added to every byte, image after image. */
function added(sigma: number, seed: number, count: number): number[] {
  const { image } = noisySplit(flat(128, count), sigma, seed);
  return Array.from({ length: count }, (_, i) => Array.from(image(i), (byte) => byte - 128)).flat();
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

Deno.test("noise: the definition in big integers, at any size, clipped to a byte", () => {
  for (const sigma of [0, 0.4, 1 / 3, 12.8, 100, MOST_NOISE]) {
    const factor = BigInt(Math.round(sigma * 256));
    for (const value of [0, 3, 128, 255]) {
      const { image } = noisySplit(flat(value, 3), sigma, 7);
      for (const index of [2, 0]) {
        const random = new RandomStream(7, index);
        const expected = Array.from({ length: BYTES }, () => {
          let sum = 0n;
          for (let i = 0; i < 6; i++) {
            const bits = BigInt(random.next());
            sum += (bits & 0xffffn) + (bits >> 16n) + 1n - 65536n;
          }
          // Rounded to nearest: the shift of a big integer rounds down.
          const noisy = BigInt(value) + ((sum * factor + (1n << 23n)) >> 24n);
          return Number(noisy < 0n ? 0n : noisy > 255n ? 255n : noisy);
        });
        assertEquals(Array.from(image(index)), expected, `sigma ${sigma}, byte ${value}`);
      }
    }
  }
});

Deno.test("noise: mean, deviation and fourth moment are a Gaussian's, and bytes are independent", () => {
  const sigma = 20, count = 400;
  const noise = added(sigma, 1, count);
  const error = 1 / Math.sqrt(noise.length);
  const moment = (power: number) => mean(noise.map((each) => (each / sigma) ** power));
  assert(Math.abs(moment(1)) < 5 * error, `mean ${moment(1)}`);
  // Rounding to whole bytes adds 1/12; the standard errors are those of a Gaussian's powers.
  assert(Math.abs(moment(2) - (1 + 1 / 12 / sigma ** 2)) < 5 * Math.SQRT2 * error, `variance ${moment(2)}`);
  assert(Math.abs(moment(3)) < 5 * Math.sqrt(15) * error, `skewness ${moment(3)}`);
  assert(Math.abs(moment(4) - 2.9) < 5 * Math.sqrt(96) * error, `fourth moment ${moment(4)}`);
  for (const lag of [1, 3, 16 * 3, BYTES]) {
    const product = mean(noise.slice(lag).map((each, i) => each * noise[i]! / sigma ** 2));
    assert(Math.abs(product) < 5 * error, `lag ${lag}: ${product}`);
  }
});

Deno.test("noise: fixed by seed and image, the same but for its size at another sigma", () => {
  assertEquals(added(12.8, 1, 3).slice(0, 12), [-7, 23, 23, -4, -18, 11, 12, -25, -8, 12, -18, -14]);
  assertNotEquals(added(12.8, 2, 1), added(12.8, 1, 1));
  const images = added(12.8, 1, 2);
  assertNotEquals(images.slice(0, BYTES), images.slice(BYTES));
  const twice = added(25.6, 1, 2);
  images.forEach((each, i) => assert(Math.abs(2 * each - twice[i]!) <= 1.5, `${each} and ${twice[i]}`));
});

Deno.test("noise: the split it is put on stays as it is", () => {
  const split = flat(9, 2);
  const noisy = noisySplit(split, 50, 1);
  assertNotEquals(noisy.image(0), split.image(0));
  assertEquals(split.image(0), new Uint8Array(BYTES).fill(9));
  assertEquals([noisy.count, noisy.labels, noisy.shape], [split.count, split.labels, split.shape]);
});
