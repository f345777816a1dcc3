/**
 * Whether a batch is what it says, whatever the arithmetic: what is too short
 * would leave the images or labels of an earlier batch in place.
 *
 * @module
 */

import type { Plan } from "../plan/plan.ts";
import type { Batch } from "./network.ts";

/** Bytes of an image. */
export function imageBytes({ height, width, channels }: Plan): number {
  return height * width * channels;
}

/** @throws {RangeError} naming what of the batch is too small or too large. */
export function checkBatch({ images, labels, count, mixup }: Batch, plan: Plan, largest: number): void {
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
