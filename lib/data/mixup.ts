/**
 * mixup (Zhang et al., arXiv 1710.09412): training on weighted means of two
 * images and of their targets, in integers. The weight of a batch is uniform,
 * the Beta(1, 1) that the paper takes for CIFAR-10.
 *
 * @module
 */

import { mix32 } from "../random.ts";

const WHOLE = 256;

/**
 * How much each image of a batch keeps of itself, in 1/256: 128 to 256.
 *
 * A weight from 0 to 256 is drawn and its larger side taken: with the batch
 * reversed as its partners, both sides make the same pairs.
 *
 * @param epoch Epochs done before this one.
 * @param first Index of the batch's first image, which no other batch of the epoch has.
 */
export function drawShare(seed: number, epoch: number, first: number): number {
  const bits = mix32(mix32(mix32(seed ^ 0x27d4eb2f) + epoch) + first);
  const weight = (bits >>> 16) * (WHOLE + 1) >>> 16;
  return Math.max(weight, WHOLE - weight);
}

/** A weighted mean of two bytes, rounded. */
function mixed(a: number, b: number, share: number): number {
  return a * share + b * (WHOLE - share) + 128 >> 8;
}

/**
 * Mixes each image with the one as far from the other end, in place:
 * (own * share + partner * (256 - share) + 128) >> 8, byte by byte.
 *
 * @param images Images of `bytes` bytes each.
 */
export function mixReversed(images: Uint8Array, bytes: number, share: number): void {
  let first = 0, last = images.length - bytes;
  for (; first < last; first += bytes, last -= bytes) {
    for (let i = 0; i < bytes; i++) {
      const a = images[first + i]!, b = images[last + i]!;
      images[first + i] = mixed(a, b, share);
      images[last + i] = mixed(b, a, share);
    }
  }
}

/**
 * The same of some images of a batch alone, in place.
 *
 * @param partners as many images, the last one's partner first, as they lie in the batch
 */
export function mixWith(images: Uint8Array, partners: Uint8Array, bytes: number, share: number): void {
  for (let own = 0, other = images.length - bytes; own < images.length; own += bytes, other -= bytes) {
    for (let i = 0; i < bytes; i++) {
      images[own + i] = mixed(images[own + i]!, partners[other + i]!, share);
    }
  }
}
