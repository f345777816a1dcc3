import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { countOperations } from "../../lib/count/count.ts";
import { type EoqRecipe, PAPER_RECIPE, WEIGHT_BITS } from "../../lib/exec/recipe.ts";
import { PlanBuilder } from "../../lib/plan/builder.ts";
import { SMALL_PLANS } from "../exec/plans.ts";
import { comparable, countExecuted, openCounting, testFormulas } from "./counting.ts";
import { BATCHES, METHODS, ODD, PLANS } from "./plans_int8.ts";

/** Sums of weight gradients over three images of it pass int32. */
const WIDE = new PlanBuilder("wide", { height: 240, width: 220, channels: 1, classes: 2 })
  .conv({ name: "stem", outputs: 1, kernel: 1 })
  .maxPool("pool", 8, 8, 0)
  .flatten()
  .build();

for (const plan of PLANS) {
  for (const method of METHODS) {
    testFormulas(plan, method, BATCHES);
  }
}

/** What of the recipe changes what is executed, and what does not. */
const RECIPES: readonly Partial<EoqRecipe>[] = [
  PAPER_RECIPE,
  { weightDecayShift: 8 },
  { errorFeedback: false },
  { centredGradients: false },
  ...WEIGHT_BITS.flatMap((weightBits) => [{ weightBits }, { weightBits, weightDecayShift: 8 }]),
  { momentumBits: 16 },
  { momentumBits: 16, errorFeedback: false },
  { momentumBits: 16, weightBits: 16 },
  { momentumBits: 16, weightBits: 24, weightDecayShift: 8 },
  { activationRounding: "stochastic" },
  { activationBits: 6, errorBits: 5 },
  { errorRounding: "stochastic" },
  { errorRounding: "stochastic", errorBits: 6, activationRounding: "stochastic", activationBits: 7 },
  { logitErrorRounding: "stochastic" },
  { exponents: "hindsight" },
  { gradientRounding: "nearest", gradientQuantizer: "constant", gradientBits: 6 },
  { updateRounding: "nearest", updateBits: 7, computeBits: 6, momentumShift: 2, scalarRate: 100 },
  { fixupScaling: false, fixupZeros: false, fixupBiases: false, fixupScales: false },
  { errorQuantizer: "flag" },
  { errorQuantizer: "flag", errorRounding: "stochastic", errorBits: 6, logitErrorRounding: "stochastic" },
  { errorQuantizer: "flag", exponents: "hindsight", weightBits: 16, centredGradients: false },
];

for (const recipe of RECIPES) {
  Deno.test(`eoq: the formulas know of ${JSON.stringify(recipe)}`, async () => {
    using library = await openCounting();
    for (const plan of [ODD, SMALL_PLANS[0]!]) {
      const executed = countExecuted(library, { plan, method: "eoq", batch: 2, recipe });
      assertEquals(comparable(countOperations(plan, "eoq", 2, { recipe })), comparable(executed), plan.model);
    }
  });
}

Deno.test("Nesterov's momentum is counted, too", async () => {
  using library = await openCounting();
  const runs = [{}, { errorFeedback: false }, { weightBits: 16 }, { weightBits: 24 }, { momentumBits: 16 }] as const;
  for (const method of METHODS) {
    for (const recipe of method === "eoq" ? runs : [{}]) {
      const settings = { recipe, nesterov: true };
      const executed = comparable(countExecuted(library, { plan: ODD, method, batch: 2, ...settings }));
      assertEquals(comparable(countOperations(ODD, method, 2, settings)), executed, JSON.stringify(recipe));
      assertNotEquals(comparable(countOperations(ODD, method, 2, { recipe })), executed);
    }
  }
});

Deno.test("images about zero are counted, too", async () => {
  using library = await openCounting();
  const options = { plan: ODD, batch: 2, input: "centered" } as const;
  for (const method of ["eoq", "wageubn"] as const) {
    const executed = comparable(countExecuted(library, { ...options, method }));
    assertEquals(comparable(countOperations(ODD, method, 2, options)), executed);
  }
});

for (
  const recipe of [{}, { logitErrorRounding: "stochastic" }, { errorQuantizer: "flag" }, {
    errorQuantizer: "flag",
    logitErrorRounding: "stochastic",
  }] as const
) {
  Deno.test(`smoothed labels are counted, too, with ${JSON.stringify(recipe)}`, async () => {
    using library = await openCounting();
    for (const method of METHODS) {
      const plain = comparable(countOperations(ODD, method, 3, { recipe }));
      const executed = comparable(countExecuted(library, { plan: ODD, method, batch: 3, recipe, smoothing: 26 }));
      const counted = comparable(countOperations(ODD, method, 3, { recipe, smoothed: true }));
      assertEquals(counted, executed);
      assertEquals(counted.filter((line) => !plain.includes(line)).map((line) => line.split(":")[0]), ["loss forward"]);
    }
  });
}

Deno.test("gradients that pass int32 are added up in chunks of images", async () => {
  using library = await openCounting();
  const executed = comparable(countExecuted(library, { plan: WIDE, method: "eoq", batch: 3, warmUp: 0 }));
  assertEquals(comparable(countOperations(WIDE, "eoq", 3)), executed);
  assert(executed.some((line) => /^stem backward: .*int64-add 1\b/.test(line)), executed.join("\n"));
});
