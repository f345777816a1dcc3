/** Batches of noise for tests of networks. */

import type { Batch } from "../../lib/exec/network.ts";
import type { Plan } from "../../lib/plan/plan.ts";
import { integers } from "../kernels/int8/fixture.ts";

/** Images and classes by chance; mixed ones with partners. */
export function batchOf(plan: Plan, seed: number, count: number, mixed = false): Batch {
  const { height, width, channels, classes } = plan, next = integers(seed);
  const classesOf = () => Int16Array.from({ length: count }, () => next(0, classes - 1));
  return {
    images: Uint8Array.from({ length: count * height * width * channels }, () => next(0, 255)),
    labels: classesOf(),
    count,
    ...mixed && { mixup: { partners: classesOf(), share: 100 } },
  };
}
