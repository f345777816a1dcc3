/**
 * eoq's own training and inference steps as contestants.
 *
 * @module
 */

import { stepMacs } from "../count/operations.ts";
import { forwardMacs } from "../count/taps.ts";
import { mix32 } from "../random.ts";
import { createNetwork, type Method, TRAITS } from "../exec/methods.ts";
import { type Batch, EVALUATION_BATCH, FULL_RATE, type Network } from "../exec/network.ts";
import type { Library } from "../native/library.ts";
import type { Plan } from "../plan/plan.ts";
import type { Contestant } from "./contest.ts";
import { secondsOf } from "./sampling.ts";
import { applySetting, type Setting } from "../report/setting.ts";

/** What a step does with a batch. */
export const STEPS = ["train-step", "inference"] as const;

/** A step to time. */
export interface StepJob {
  readonly plan: Plan;
  readonly batch: number;
  readonly phase: typeof STEPS[number];
}

/** Labels change from step to step, or a small batch would be learnt by heart and its errors vanish. */
const LABELS = 61;

/** Random images with labels that differ from step to step. */
export function randomBatches({ height, width, channels, classes }: Plan, count: number): Batch[] {
  const images = new Uint8Array(count * height * width * channels).map((_, i) => mix32(i));
  return Array.from({ length: LABELS }, (_, step) => ({
    images,
    labels: new Int16Array(count).map((_, i) => mix32(step * count + i) % classes),
    count,
  }));
}

/** A batch in equal parts that are small enough for evaluation. */
function parts({ images, labels, count }: Batch): Batch[] {
  const number = Math.ceil(count / EVALUATION_BATCH), size = Math.ceil(count / number), image = images.length / count;
  return Array.from({ length: number }, (_, i) => {
    const from = i * size, to = Math.min(count, from + size);
    return { images: images.subarray(from * image, to * image), labels: labels.subarray(from, to), count: to - from };
  });
}

/** Trains a network on one of the batches after another. */
export function trainer(network: Network, batches: readonly Batch[]): () => void {
  let step = 0;
  return () => {
    network.trainStep(batches[step % batches.length]!, { step, rate: FULL_RATE });
    step++;
  };
}

/** 10^9 multiply-adds of one image, which are the same in every method. */
export function gigaMacsPerImage({ plan, phase }: StepJob): number {
  return (phase === "inference" ? forwardMacs(plan) : stepMacs(plan)) / 1e9;
}

/** A method's step at one setting. Rates count images. */
export function ownStep(library: Library, setting: Setting, method: Method, job: StepJob): Contestant {
  const { plan, batch, phase } = job;
  const network = createNetwork(method, { library, plan, batch, seed: 1 });
  const batches = randomBatches(plan, batch);
  const pieces = parts(batches[0]!);
  const step = phase === "train-step" ? trainer(network, batches) : () => {
    for (const piece of pieces) network.evaluate(piece);
  };
  return {
    subject: "eoq",
    variant: method,
    arithmetic: TRAITS[method].arithmetic,
    ...setting,
    work: batch,
    run: (repetitions) => {
      applySetting(library, setting);
      return secondsOf(() => {
        for (let i = 0; i < repetitions; i++) step();
      });
    },
    close: () => network.close(),
  };
}
