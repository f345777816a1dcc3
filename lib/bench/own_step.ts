/**
 * eoq's own training and inference steps as contestants.
 *
 * @module
 */

import { stepMacs } from "../count/operations.ts";
import { forwardMacs } from "../count/taps.ts";
import { createNetwork, type Method, TRAITS } from "../exec/methods.ts";
import { FULL_RATE, type Network } from "../exec/network.ts";
import type { EoqRecipe } from "../exec/recipe.ts";
import type { Library } from "../native/library.ts";
import type { Plan } from "../plan/plan.ts";
import type { Contestant } from "./contest.ts";
import type { StepImages } from "./images.ts";
import { secondsOf } from "./sampling.ts";
import { applySetting, type Setting } from "../report/setting.ts";

/** What a step does with a batch. */
export const STEPS = ["train-step", "inference"] as const;

/** A step to time. */
export interface StepJob {
  readonly plan: Plan;
  readonly batch: number;
  readonly phase: typeof STEPS[number];
  readonly images: StepImages;
  /** What of the recipe differs, if the method takes one. */
  readonly recipe?: Partial<EoqRecipe> | undefined;
}

/** 10^9 multiply-adds of one image, which are the same in every method. */
export function gigaMacsPerImage({ plan, phase }: Pick<StepJob, "plan" | "phase">): number {
  return (phase === "inference" ? forwardMacs(plan) : stepMacs(plan)) / 1e9;
}

/** Makes the batches of so many steps, then returns the seconds that the steps on them take. */
export function stepper(network: Network, { plan, batch, phase, images }: StepJob): (steps: number) => number {
  let first = 0;
  return (steps) => {
    const batches = Array.from({ length: steps }, (_, i) => images.batch(plan, batch, first + i));
    const seconds = secondsOf(() => {
      if (phase === "inference") { for (const each of batches) network.evaluate(each); }
      else batches.forEach((each, i) => network.trainStep(each, { step: first + i, rate: FULL_RATE }));
    });
    first += steps;
    return seconds;
  };
}

/** A method's step at one setting. Rates count images. */
export function ownStep(library: Library, setting: Setting, method: Method, job: StepJob): Contestant {
  const { plan, batch, recipe } = job;
  applySetting(library, setting); // how a program's memory is planned depends on the threads
  const network = createNetwork(method, { library, plan, batch, seed: 1, ...(recipe && { recipe }) });
  const take = stepper(network, job);
  return {
    subject: "eoq",
    variant: method,
    arithmetic: TRAITS[method].arithmetic,
    ...setting,
    work: batch,
    run: (repetitions) => {
      applySetting(library, setting);
      return take(repetitions);
    },
    close: () => network.close(),
  };
}
