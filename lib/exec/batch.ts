/**
 * Whether a batch is what it says, whatever the arithmetic: what is too short
 * would leave the images or labels of an earlier batch in place.
 *
 * @module
 */

import type { Plan } from "../plan/plan.ts";
import type { Batch } from "./network.ts";

/** Images without classes of their own, for what compares with none. @throws {RangeError} where there are fewer. */
export function unlabelled(images: Uint8Array, count: number, plan: Plan): Batch {
  const batch = { images, labels: new Int16Array(count > 0 && count <= MOST_IMAGES ? count : 0), count };
  checkBatch(batch, plan);
  return batch;
}

/** Bytes of an image. */
export function imageBytes({ height, width, channels }: Plan): number {
  return height * width * channels;
}

/** Images that one call takes at most. */
export const MOST_IMAGES = 2 ** 31 - 1;

/** @throws {RangeError} naming a number that is not whole or lies outside what it can be. */
export function checkWhole(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`${name}: ${value} is not a whole number from ${least} to ${most}`);
}

/** @throws {RangeError} naming what of the batch is too small or too large. */
export function checkBatch({ images, labels, count, mixup }: Batch, plan: Plan, largest = MOST_IMAGES): void {
  if (!Number.isInteger(count) || count < 1 || count > largest) {
    throw new RangeError(`batch: ${count} images are not in 1..${largest}`);
  }
  const bytes = count * imageBytes(plan);
  if (images.length < bytes) throw new RangeError(`images: ${images.length} bytes, ${bytes} are needed`);
  if (labels.length < count) throw new RangeError(`labels: ${labels.length}, ${count} are needed`);
  if (mixup !== undefined && mixup.partners.length < count) {
    throw new RangeError(`partners: ${mixup.partners.length}, ${count} are needed`);
  }
}
