import { assert, assertEquals } from "@std/assert";
import { EOQ_LAYERS, NORM_LAYERS } from "../../../lib/exec/int8/layers.ts";
import { initialWeights } from "../../../lib/exec/int8/initialize.ts";
import { classifierLayout, Parameters, scalarLayout } from "../../../lib/exec/int8/parameters.ts";
import { InferencePass, TrainingPass } from "../../../lib/exec/int8/pass.ts";
import { EOQ_RECIPE } from "../../../lib/exec/recipe.ts";
import { type Library, openLibrary } from "../../../lib/native/library.ts";
import { lifetimesOf, planMemory } from "../../../lib/native/memory.ts";
import { buildPlan } from "../../../lib/plan/models.ts";
import { convolutions, type Plan } from "../../../lib/plan/plan.ts";
import { SMALL_PLANS } from "../plans.ts";

const BATCH = 5;

/** The passes of a network of a method. */
function passesOf(library: Library, plan: Plan, batch: number, norm: boolean) {
  const layout = norm ? classifierLayout(plan) : scalarLayout(plan);
  const initial = initialWeights(plan, 1, EOQ_RECIPE);
  const norms = norm ? convolutions(plan).slice(0, -1) : [];
  const parameters = new Parameters(library, plan, { seed: 1, recipe: EOQ_RECIPE, batch, initial, layout, norms });
  const options = { library, plan, parameters, batch, layers: norm ? NORM_LAYERS : EOQ_LAYERS, inputOffset: 0 };
  return [new TrainingPass(options), new InferencePass(options)];
}

Deno.test("memory: a smaller batch needs its tensors when the largest does", async () => {
  using library = await openLibrary();
  for (const plan of SMALL_PLANS) {
    for (const pass of [...passesOf(library, plan, BATCH, false), ...passesOf(library, plan, BATCH, true)]) {
      assertEquals(lifetimesOf(pass.program(1)), lifetimesOf(pass.program(BATCH)), plan.model);
    }
  }
});

Deno.test("memory: plans of networks are as small as they can be, but for a tenth", async () => {
  using library = await openLibrary();
  const cifar = { height: 32, width: 32, channels: 3, classes: 10 };
  const plans = ["resnet-20", "lenet", "mlp", "resnet-110"].map((model) => buildPlan(model, cifar));
  for (const plan of [...SMALL_PLANS, ...plans]) {
    for (const batch of [1, 32]) {
      const exact: boolean[] = [];
      for (const pass of [...passesOf(library, plan, batch, false), ...passesOf(library, plan, batch, true)]) {
        const { bytes, lowerBound } = planMemory(lifetimesOf(pass.program(batch)));
        assert(bytes >= lowerBound && bytes <= 1.1 * lowerBound, `${plan.model}: ${bytes} bytes, bound ${lowerBound}`);
        exact.push(bytes === lowerBound);
      }
      assert(exact.includes(true), `${plan.model}: no plan is the smallest`);
    }
  }
});
