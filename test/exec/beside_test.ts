import { assert, assertEquals } from "@std/assert";
import { createNetwork, METHODS } from "../../lib/exec/methods.ts";
import { type Batch, FULL_RATE } from "../../lib/exec/network.ts";
import { unitsOf } from "../../lib/native/beside.ts";
import { type Library, openLibrary } from "../../lib/native/library.ts";
import type { Plan } from "../../lib/plan/plan.ts";
import { weightsSha256 } from "../../lib/train/weights_hash.ts";
import { randomBatch } from "../../lib/bench/images.ts";
import { SMALL_PLANS } from "./plans.ts";

const STEPS = 6;

/** The hash of what a few steps leave, and their losses. */
async function train(library: Library, method: typeof METHODS[number], plan: Plan, batch: number) {
  const network = createNetwork(method, { library, plan, batch, seed: 2 });
  const batches: Batch[] = Array.from(
    { length: STEPS },
    (_, i) => randomBatch(plan, batch - (i === 3 ? 1 : 0) || 1, i),
  );
  const losses = batches.map((each, step) => network.trainStep(each, { step, rate: FULL_RATE }).lossSum);
  const units = unitsOf(network.programs(batch).training), hash = await weightsSha256(network.state());
  network.close();
  return { units, hash, losses };
}

for (const method of METHODS) {
  Deno.test(`${method}: weights of small batches are updated beside the errors, with the same bits`, async () => {
    using library = await openLibrary();
    for (const plan of SMALL_PLANS) {
      for (const batch of [1, 2, 3]) {
        library.setThreads(1);
        const { units, ...expected } = await train(library, method, plan, batch);
        assert(units.length > 1, plan.model);
        for (const threads of [2, 3, 5]) {
          library.setThreads(threads);
          const { units: _, ...found } = await train(library, method, plan, batch);
          assertEquals(found, expected, `${plan.model}, batch ${batch}, ${threads} threads`);
        }
      }
    }
  });
}
