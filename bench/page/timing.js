/**
 * Images a second of a training step.
 *
 * @module
 */

/**
 * Repeats a step until so many seconds have passed.
 *
 * @param step does one
 * @param images how many are in one
 * @param now seconds on whatever clock counts
 */
export function imagesPerSecond(step, images, seconds, now) {
  const begin = now();
  let done = 0, passed;
  do {
    step();
    done += images;
    passed = now() - begin;
  } while (passed < seconds);
  return done / passed;
}
