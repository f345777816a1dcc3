/**
 * When the learning rate falls.
 *
 * @module
 */

/** Percent of a run's images after which the learning rate falls. */
const DECAY_PERCENTS = [50, 75, 90];

/**
 * Learning-rate decays that have happened once `images` of `total` training
 * images have been seen: 0 to 3. Integers only, so it is the same everywhere.
 */
export function decaysAt(images: number, total: number): number {
  return DECAY_PERCENTS.filter((percent) => images * 100 >= total * percent).length;
}
