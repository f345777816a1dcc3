/**
 * Gaussian noise on images, in integers, so that every machine and method sees
 * the same: how much a trained network bears. Galloway et al. (arXiv
 * 1905.02161) find that one without batch norm bears more. Their code for the
 * nets of Fixup adds a quarter of the deviation by which each channel is
 * divided, about 12.8 steps of a byte, in one script, and a sixteenth of the range,
 * 15.9, in another, neither rounded nor clipped; which of them the published
 * accuracies are of (ResNet-110: 76.3 % with Fixup, 59.0 % with batch norm) it
 * does not say.
 *
 * @module
 */

import { imageBytes, type Split } from "./dataset.ts";
import { RandomStream } from "../random.ts";

/** Bits of a deviate behind the binary point. */
const DEVIATE_BITS = 16;

/** Bits of a standard deviation behind the binary point. */
const SIGMA_BITS = 8;

/** The largest standard deviation, in steps of a byte: the whole range. */
export const MOST_NOISE = 255;

/**
 * A deviate of mean 0 and standard deviation 1, in steps of 2^-16: the sum of
 * twelve uniform numbers of 16 bits. It never passes 6; its fourth moment is
 * 2.9, where that of a Gaussian is 3.
 */
function deviate(random: RandomStream): number {
  // Two numbers of 0 to 65535 lack 1 to a mean of 65536.
  let sum = -6 * 2 ** DEVIATE_BITS;
  for (let i = 0; i < 6; i++) {
    const bits = random.next();
    sum += (bits & 0xffff) + (bits >>> 16) + 1;
  }
  return sum;
}

/**
 * The split with noise on every byte, rounded to a whole one and clipped to 0
 * to 255. An image always gets the same noise; that of another sigma is the
 * same but for its size.
 *
 * @param sigma Standard deviation in steps of a byte, 0 to {@linkcode MOST_NOISE}; rounded to 1/256.
 * @param seed Fixes the noise.
 */
export function noisySplit(split: Split, sigma: number, seed: number): Split {
  const factor = Math.round(sigma * 2 ** SIGMA_BITS);
  const unit = 2 ** (DEVIATE_BITS + SIGMA_BITS);
  // What image() gives is valid until its next call, so one buffer serves all images; it clips what is written to it.
  const noisy = new Uint8ClampedArray(imageBytes(split.shape));
  const bytes = new Uint8Array(noisy.buffer);
  return {
    ...split,
    image: (index) => {
      const pixels = split.image(index);
      const random = new RandomStream(seed, index);
      // At most 6 * 2^16 * 255 * 2^8: the product and its rounding are exact.
      for (let i = 0; i < noisy.length; i++) {
        noisy[i] = pixels[i]! + Math.floor((deviate(random) * factor + unit / 2) / unit);
      }
      return bytes;
    },
  };
}
