/**
 * The samples of the self-test of an exported network: kernels/device/boards/selftest.inc draws the same.
 *
 * @module
 */

import type { Batch } from "../../exec/network.ts";
import type { Plan } from "../../plan/plan.ts";

/** Steps that the test does. */
export const SELF_TEST_STEPS = 10;

/** Sample `index`: bytes of a linear congruential generator, and a class. */
export function sampleAt({ height, width, channels, classes }: Plan, index: number): Batch {
  let x = index;
  const images = Uint8Array.from({ length: height * width * channels }, () => {
    x = Math.imul(x, 1664525) + 1013904223 >>> 0;
    return x >>> 24;
  });
  return { images, labels: Int16Array.of(index % classes), count: 1 };
}
