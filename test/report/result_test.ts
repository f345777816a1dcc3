import { assert, assertEquals } from "@std/assert";
import { operationsPerImage } from "../../lib/count/operations.ts";
import type { EoqRecipe } from "../../lib/exec/recipe.ts";
import { buildPlan } from "../../lib/plan/models.ts";
import { makeResult } from "../../lib/report/result.ts";
import type { RunConfig } from "../../lib/train/config.ts";
import { sampleConfig } from "../train/config.ts";

const PLAN = buildPlan("resnet-8", { height: 28, width: 28, channels: 1, classes: 10 });

function resultOf(method: RunConfig["method"], recipe: Partial<EoqRecipe>) {
  return makeResult(PLAN, {
    config: { ...sampleConfig, method, batch: 32, recipe: { ...sampleConfig.recipe, ...recipe } },
    state: { step: 1, images: 32, seconds: 1, epochLossSum: 0, epochCorrect: 0, history: [] },
    evaluation: { loss: 1, accuracy: 0.5, correct: 50, count: 100, seconds: 1 },
    bytes: { parameters: 1, activations: 1, optimizer: 1 },
    weightsSha256: "0".repeat(64),
  });
}

Deno.test("result: the operations are those of the recipe that ran", () => {
  assertEquals(resultOf("eoq", {}).operations, operationsPerImage(PLAN, "eoq", 32));
  const random = resultOf("eoq", { errorRounding: "stochastic" });
  assert(random.energy!.joules > resultOf("eoq", {}).energy!.joules);
});

Deno.test("result: flagged errors have second convolutions, in the methods that take a recipe", () => {
  const { operations, energy } = resultOf("eoq", { errorQuantizer: "flag" }), plain = resultOf("eoq", {});
  assert(operations!.macs > 1.4 * plain.operations!.macs && operations!.macs < 1.7 * plain.operations!.macs);
  assert(energy!.joules > 1.4 * plain.energy!.joules);
  assertEquals(resultOf("bn-fp32", { errorQuantizer: "flag" }).operations, operationsPerImage(PLAN, "bn-fp32", 32));
});
