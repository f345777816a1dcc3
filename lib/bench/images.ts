/**
 * The images that steps are timed on, others in each step: a network would
 * learn few by heart, and its kernels would guess every shift right.
 *
 * @module
 */

import { BatchReader } from "../data/batch_reader.ts";
import type { Split } from "../data/dataset.ts";
import type { Batch } from "../exec/network.ts";
import type { Plan } from "../plan/plan.ts";
import { mix32 } from "../random.ts";
import type { ImageSource } from "../report/bench.ts";

/** The images that networks are timed on: those of CIFAR-10, in size. */
export const STEP_IMAGES = { height: 32, width: 32, channels: 3, classes: 10 };

/** Images and labels of steps. */
export interface StepImages {
  /** What they are. */
  readonly source: ImageSource;
  /** The batch of a step, in memory of its own. */
  readonly batch: (plan: Plan, count: number, step: number) => Batch;
}

/** Random images and labels of a step. */
export function randomBatch({ height, width, channels, classes }: Plan, count: number, step: number): Batch {
  const bytes = count * height * width * channels, images = new Uint8Array(bytes), labels = new Int16Array(count);
  images.forEach((_, i) => images[i] = mix32(step * bytes + i));
  labels.forEach((_, i) => labels[i] = mix32(step * count + i) % classes);
  return { images, labels, count };
}

/** Images of random bytes, made anew for each step. */
export const RANDOM_IMAGES: StepImages = { source: "random", batch: randomBatch };

/** The images of a split in their order, from the first again behind the last. */
export function imagesOf(source: ImageSource, split: Split): StepImages {
  return {
    source,
    batch: (_, count, step) => {
      const indices = Uint32Array.from({ length: count }, (_, i) => (step * count + i) % split.count);
      return new BatchReader(split, count).gather(indices);
    },
  };
}

/** The images of CIFAR-10 where they are, in the folder that is given or their usual one, or random ones. */
export async function openImages(data: string | undefined): Promise<StepImages> {
  // Readers of datasets take memory, which random images need not have.
  const { loadDataset } = await import("../data/datasets.ts");
  const { findFolder } = await import("../data/store.ts");
  const folder = data ?? await findFolder("cifar10");
  return folder === undefined ? RANDOM_IMAGES : imagesOf("cifar10", (await loadDataset("cifar10", folder)).train);
}
