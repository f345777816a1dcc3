/**
 * The order in which an epoch visits the training images.
 *
 * @module
 */

import { RandomStream } from "../random.ts";

/**
 * A permutation of 0 to `count` - 1 that depends on seed and epoch alone
 * (Fisher and Yates, in Durstenfeld's form), so all methods of a comparison
 * see the same images in the same order.
 *
 * @param epoch Epochs done before this one.
 */
export function epochOrder(count: number, seed: number, epoch: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const random = new RandomStream(seed, epoch);
  for (let i = count - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const image = order[i]!;
    order[i] = order[j]!;
    order[j] = image;
  }
  return order;
}
