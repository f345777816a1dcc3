/**
 * The images of a dump's steps: those of a dataset, or random ones.
 *
 * @module
 */

import { BatchReader } from "../data/batch_reader.ts";
import type { Split } from "../data/dataset.ts";
import { epochOrder } from "../data/order.ts";
import type { Batch } from "../exec/network.ts";
import type { Plan } from "../plan/plan.ts";
import { RandomStream } from "../random.ts";

/** The batch of a step; the next one overwrites it. */
export type Batches = (step: number) => Batch;

/** Bytes and labels that are random, and others in each step. */
export function randomBatches({ height, width, channels, classes }: Plan, count: number, seed: number): Batches {
  return (step) => {
    const random = new RandomStream(seed, step);
    const images = new Uint8Array(count * height * width * channels).map(() => random.next());
    return { images, labels: new Int16Array(count).map(() => random.below(classes)), count };
  };
}

/** The images of a split in the order of a run's first epoch, over and over, as they are. */
export function datasetBatches(split: Split, count: number, seed: number): Batches {
  const order = epochOrder(split.count, seed, 0), reader = new BatchReader(split, count);
  return (step) =>
    reader.gather(Uint32Array.from({ length: count }, (_, i) => order[(step * count + i) % split.count]!));
}
