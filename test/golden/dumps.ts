/**
 * Dumps of small networks.
 *
 * @module
 */

import { createNetwork, type Method } from "../../lib/exec/methods.ts";
import type { Network } from "../../lib/exec/network.ts";
import type { EoqRecipe } from "../../lib/exec/recipe.ts";
import { type Batches, randomBatches } from "../../lib/golden/images.ts";
import { writeGolden } from "../../lib/golden/write.ts";
import type { Library } from "../../lib/native/library.ts";
import type { Plan } from "../../lib/plan/plan.ts";

/** A step to write. */
export interface DumpRun {
  readonly plan: Plan;
  readonly method?: Method;
  readonly batch?: number;
  readonly recipe?: Partial<EoqRecipe>;
  readonly nesterov?: boolean;
  /** Whether images are mixed and labels smoothed. */
  readonly mixed?: boolean;
}

const SEED = 11, STEPS = 5;

/** Writes the step behind a few others into a folder; `observe` sees the network then. */
export async function dump(
  library: Library,
  { plan, method = "eoq", batch = 3, recipe = {}, nesterov = false, mixed = false }: DumpRun,
  folder: string,
  observe: (network: Network) => void | Promise<void> = () => {},
): Promise<void> {
  const network = createNetwork(method, { library, plan, batch, seed: SEED, recipe, nesterov });
  const plain = randomBatches(plan, batch, SEED);
  const mixing: Batches = (step) => {
    const own = plain(step);
    return { ...own, mixup: { partners: own.labels.toReversed(), share: 200 }, smoothing: 26 };
  };
  const source = { model: plan.model, method, batch, seed: SEED, step: STEPS, images: "random", input: "half" };
  try {
    await writeGolden(library, network, mixed ? mixing : plain, { ...source, command: "", version: "" }, folder);
    await observe(network);
  } finally {
    network.close();
  }
}

/** A network that has done the same steps without being written. */
export function trained(library: Library, { plan, batch = 3, recipe = {} }: DumpRun): Network {
  const network = createNetwork("eoq", { library, plan, batch, seed: SEED, recipe });
  const batches = randomBatches(plan, batch, SEED);
  for (let step = 0; step <= STEPS; step++) network.trainStep(batches(step), { step, rate: 1 << 16 });
  return network;
}
