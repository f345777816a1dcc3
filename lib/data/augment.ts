/**
 * Augmentation of training images: a random crop of the padded image and
 * a random horizontal flip (He et al., arXiv 1512.03385, section 4.2), in
 * integers and fixed by seed, epoch and image alone.
 *
 * @module
 */

import type { ImageShape } from "../plan/plan.ts";
import { mix32 } from "../random.ts";

/** How single training images are varied. */
export interface ImageAugmentation {
  /** Pixels added on each side before a window of the original size is cut; 0 cuts nothing. */
  readonly crop: number;
  /** The byte of the added pixels, in all channels. */
  readonly padding: number;
  /** Whether every second image, by chance, is mirrored. */
  readonly flip: boolean;
}

/** How training images are varied. */
export interface Augmentation extends ImageAugmentation {
  /** Whether the images of a batch, varied, are then mixed with each other. */
  readonly mixup: boolean;
}

/** What varies the images of an epoch. */
export interface EpochAugmentation {
  readonly augmentation: Augmentation;
  readonly seed: number;
  /** Epochs done before this one. */
  readonly epoch: number;
}

/** One image's variation. */
export interface Variation {
  /** Where the window starts in the padded image: 0 to 2 * crop. */
  readonly down: number;
  readonly right: number;
  readonly mirrored: boolean;
}

/** The variation of an image in an epoch. */
export function drawVariation(
  { crop, flip }: Pick<ImageAugmentation, "crop" | "flip">,
  seed: number,
  epoch: number,
  image: number,
): Variation {
  const bits = mix32(mix32(mix32(seed ^ 0xc2b2ae35) + epoch) + image);
  const positions = 2 * crop + 1;
  return {
    down: (bits & 0xfff) * positions >> 12,
    right: (bits >>> 12 & 0xfff) * positions >> 12,
    mirrored: flip && bits >>> 31 === 1,
  };
}

/**
 * Writes the varied image to `target`, from its byte `at` on.
 *
 * @param source One image, NHWC.
 */
export function copyVaried(
  source: Uint8Array,
  { height, width, channels }: ImageShape,
  { down, right, mirrored }: Variation,
  { crop, padding }: Pick<ImageAugmentation, "crop" | "padding">,
  target: Uint8Array,
  at: number,
): void {
  const row = width * channels;
  const shift = (right - crop) * channels;
  const first = Math.max(0, shift), last = Math.min(row, row + shift);
  target.fill(padding, at, at + height * row);
  // A crop wider than the image can cut a window that holds none of it.
  if (last <= first) return;
  for (let y = 0; y < height; y++) {
    const from = y + down - crop;
    if (from < 0 || from >= height) continue;
    target.set(source.subarray(from * row + first, from * row + last), at + y * row + first - shift);
    if (mirrored) mirrorRow(target, at + y * row, width, channels);
  }
}

function mirrorRow(pixels: Uint8Array, at: number, width: number, channels: number): void {
  let left = at, right = at + (width - 1) * channels;
  for (; left < right; left += channels, right -= channels) {
    for (let c = 0; c < channels; c++) {
      const value = pixels[left + c]!;
      pixels[left + c] = pixels[right + c]!;
      pixels[right + c] = value;
    }
  }
}
