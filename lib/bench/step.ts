/**
 * `eoq bench step`: training and inference steps by method and batch size.
 *
 * @module
 */

import type { Method } from "../exec/methods.ts";
import type { EoqRecipe } from "../exec/recipe.ts";
import type { Library } from "../native/library.ts";
import type { Plan } from "../plan/plan.ts";
import type { Beside } from "./beside.ts";
import { breakDown } from "./breakdown.ts";
import { type Contestant, holdContest, type Outcome, type Peak } from "./contest.ts";
import type { StepImages } from "./images.ts";
import { canMeasureMemory, ownMemory } from "./memory.ts";
import { gigaMacsPerImage, ownStep, type StepJob, STEPS } from "./own_step.ts";
import type { StepPeer } from "./peers/peer.ts";
import type { SamplingTarget } from "./sampling.ts";
import type { Breakdown, MemoryRow } from "../report/bench.ts";
import { applySetting, referenceSetting, type Setting } from "../report/setting.ts";

/** What {@linkcode benchSteps} and its companions measure, with what. */
export interface StepBench extends SamplingTarget {
  readonly library: Library;
  readonly settings: readonly Setting[];
  readonly peaks: readonly Peak[];
  readonly peers: readonly StepPeer[];
  readonly plan: Plan;
  /** What eoq's own steps see; peers have random images of their own. */
  readonly images: StepImages;
  readonly methods: readonly Method[];
  /** What of the recipe differs in methods that take one. */
  readonly recipe?: Partial<EoqRecipe>;
  readonly batches: readonly number[];
  /** Another checkout, whose steps take turns with this one's; undefined for none. */
  readonly beside?: Beside | undefined;
  /** Folder of CIFAR-10 for both; undefined for the place where it is kept. */
  readonly data?: string | undefined;
}

async function contestants(
  { library, settings, peers, plan, methods, beside, data, recipe = {} }: StepBench,
  job: StepJob,
): Promise<Contestant[]> {
  const own = beside === undefined
    ? settings.flatMap((setting) => methods.map((method) => ownStep(library, setting, method, job)))
    : await beside.contestants({ ...job, model: plan.model, methods, settings, data, recipe });
  const theirs: Contestant[] = [];
  for (const peer of peers) theirs.push(...await peer.step(job));
  return [...own, ...theirs];
}

/** Holds a contest for each step and batch size; outcomes come as they are measured. */
export async function* benchSteps(bench: StepBench): AsyncGenerator<Outcome> {
  const { plan, batches, peaks, images, recipe } = bench;
  for (const batch of batches) {
    for (const phase of STEPS) {
      const job = { plan, batch, phase, images, recipe };
      const entrants = await contestants(bench, job);
      try {
        const shape = `${plan.model} batch ${batch}`;
        const contest = { phase, shape, batch, unit: "images/s", gigaMacs: gigaMacsPerImage(job) } as const;
        yield await holdContest(contest, entrants, peaks, bench);
      } finally {
        for (const each of entrants) await each.close();
      }
    }
  }
}

/** Breaks the training step of each method, setting and batch size down. */
export function* breakDowns(bench: StepBench): Generator<Breakdown> {
  const { library, settings, methods, batches, seconds } = bench;
  for (const batch of batches) {
    for (const setting of settings) {
      applySetting(library, setting);
      for (const method of methods) yield breakDown(library, { ...bench, method, batch }, seconds);
    }
  }
}

/** Memory of the training step of each method and peer. */
export async function* memoryRows(bench: StepBench): AsyncGenerator<MemoryRow> {
  if (!canMeasureMemory) return;
  const { settings, plan, methods, batches, peers } = bench;
  const setting = referenceSetting(settings);
  for (const batch of batches) {
    for (const method of methods) yield await ownMemory({ method, plan, batch, ...setting });
    for (const peer of peers) yield await peer.memory(plan, batch);
  }
}
