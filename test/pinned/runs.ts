/**
 * The runs whose weights hashes are pinned in hashes.json. Run as a program it
 * writes that file: only a change of the number system has a reason to, and
 * CHANGELOG.md then says so.
 *
 * @module
 */

import { type Batch, FULL_RATE, type Network, type Position } from "../../lib/exec/network.ts";
import { createNetwork, type Method } from "../../lib/exec/methods.ts";
import { type EoqRecipe, PAPER_RECIPE } from "../../lib/exec/recipe.ts";
import { type Library, type LibraryOptions, openLibrary } from "../../lib/native/library.ts";
import type { Plan } from "../../lib/plan/plan.ts";
import type { Trained } from "../../lib/plan/trained.ts";
import { weightsSha256 } from "../../lib/train/weights_hash.ts";
import { SMALL_PLANS } from "../exec/plans.ts";
import { integers } from "../kernels/int8/fixture.ts";

/** A few steps of an int8 method. */
export interface PinnedRun {
  readonly method: Method;
  readonly plan: Plan;
  readonly batch: number;
  /** Name and keys of what differs from the default recipe. */
  readonly recipe: readonly [name: string, keys: Partial<EoqRecipe>];
  /** Which layers are trained; all if absent. */
  readonly train?: Trained;
}

const RECIPES: readonly PinnedRun["recipe"][] = [
  ["default", {}],
  ["paper", PAPER_RECIPE],
  ["weights 16", { weightBits: 16, weightDecayShift: 10 }],
  ["weights 24", { weightBits: 24 }],
  ["decay", { weightDecayShift: 9 }],
  ["stochastic", { activationRounding: "stochastic", errorRounding: "stochastic", logitErrorRounding: "stochastic" }],
  ["nearest", { gradientRounding: "nearest", updateRounding: "nearest" }],
  ["narrow", { computeBits: 6, activationBits: 6, errorBits: 5, gradientBits: 5, updateBits: 6 }],
  ["hindsight", { exponents: "hindsight" }],
  ["flag", { errorQuantizer: "flag", errorRounding: "stochastic", fixupZeros: false }],
  ["constant", { gradientQuantizer: "constant" }],
  ["momentum 16", { momentumBits: 16 }],
  ["he", { fixupScaling: false, fixupZeros: false, fixupBiases: false, fixupScales: false, scalarRate: 2048 }],
];

/** Steps of a run, enough for errors to reach all layers; the last has an image less where there are several. */
export const STEPS = 30;

/** Every recipe on every small plan at one batch size, and the default at others. */
export const PINNED_RUNS: readonly PinnedRun[] = SMALL_PLANS.flatMap((plan) => [
  ...RECIPES.map((recipe): PinnedRun => ({ method: "eoq", plan, batch: 5, recipe })),
  ...[1, 33].map((batch): PinnedRun => ({ method: "eoq", plan, batch, recipe: RECIPES[0]! })),
  ...[1, 5].map((batch): PinnedRun => ({ method: "wageubn", plan, batch, recipe: RECIPES[0]! })),
  ...(["eoq", "wageubn"] as const).map((method): PinnedRun => ({
    ...{ method, plan, batch: 5, recipe: RECIPES[0]!, train: "last:2" },
  })),
]);

/** What a run is called in hashes.json. */
export function nameOf({ method, plan, batch, recipe: [recipe], train }: PinnedRun): string {
  return `${method}, ${plan.model}, batch ${batch}, ${recipe}${train === undefined ? "" : `, ${train}`}`;
}

/** The images of a step. */
export function batchOf({ plan, batch }: PinnedRun, step: number): Batch {
  const next = integers(1000 + step);
  const count = step === STEPS - 1 ? Math.max(1, batch - 1) : batch;
  const pixels = plan.height * plan.width * plan.channels;
  const labels = Int16Array.from({ length: count }, () => next(0, plan.classes - 1));
  const images = Uint8Array.from({ length: count * pixels }, (_, i) => {
    return next(0, 120) + Math.floor(120 * labels[Math.floor(i / pixels)]! / plan.classes);
  });
  return { images, labels, count };
}

/** A run's network, for `part` images of its batches at most. */
export function networkOf(
  library: Library,
  { method, plan, batch, recipe: [, recipe], train }: PinnedRun,
  part?: number,
): Network {
  const shared = part !== undefined && { part };
  return createNetwork(method, { library, plan, batch, ...shared, seed: 11, recipe, ...train && { train } });
}

/** Where a step of a run stands. */
export function positionOf(step: number): Position {
  return { step, rate: FULL_RATE >> Math.floor(step / 12) };
}

/** The weights hash that a run ends with, on a path and a number of threads. */
export async function hashOf(run: PinnedRun, options: LibraryOptions, batch = batchOf): Promise<string> {
  using library = await openLibrary(options);
  const network = networkOf(library, run);
  for (let step = 0; step < STEPS; step++) network.trainStep(batch(run, step), positionOf(step));
  const hash = await weightsSha256(network.state());
  network.close();
  return hash;
}

if (import.meta.main) {
  const hashes: Record<string, string> = {};
  for (const run of PINNED_RUNS) hashes[nameOf(run)] = await hashOf(run, { isa: "scalar", threads: 1 });
  await Deno.writeTextFile(new URL("hashes.json", import.meta.url), JSON.stringify(hashes, null, 2) + "\n");
}
