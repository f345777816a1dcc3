import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { createNetwork, METHODS, TRAITS } from "../../lib/exec/methods.ts";
import { FULL_RATE } from "../../lib/exec/network.ts";
import { RECIPES } from "../../lib/exec/recipe.ts";
import { checkRecipe, RECIPE_VALUES } from "../../lib/exec/recipe_values.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { buildPlan } from "../../lib/plan/models.ts";

const PLAN = buildPlan("resnet-8", { height: 9, width: 10, channels: 2, classes: 3 });

Deno.test("methods: each network goes by its method's name, and is what the table says", async () => {
  using library = await openLibrary();
  for (const method of METHODS) {
    const { arithmetic, norm, create } = TRAITS[method];
    const network = create({ library, plan: PLAN, batch: 2, seed: 1 });
    assertEquals(network.method, method);
    const floats = network.state().filter(({ type }) => type.startsWith("fp"));
    assertEquals(floats.length > 0, arithmetic === "fp32", method);
    assertEquals(network.settle !== undefined, norm === "batch", method);
    network.close();
  }
});

Deno.test("methods: those that take a recipe start or train differently by it, the others do not", async () => {
  using library = await openLibrary();
  const recipe = { branchGain: 1, momentumShift: 1 };
  const batch = { images: new Uint8Array(2 * 9 * 10 * 2).map((_, i) => i), labels: Int16Array.of(0, 2), count: 2 };
  for (const method of METHODS) {
    const [own, other] = [{}, recipe].map((recipe) => {
      const network = TRAITS[method].create({ library, plan: PLAN, batch: 2, seed: 1, recipe });
      for (let step = 0; step < 3; step++) network.trainStep(batch, { step, rate: FULL_RATE });
      const state = network.state();
      network.close();
      return state;
    });
    assert(own!.length > 0);
    assertEquals(JSON.stringify(own) !== JSON.stringify(other), TRAITS[method].takesRecipe, method);
  }
});

Deno.test("methods: what a network is made with is refused outside its range, by its name", async () => {
  using library = await openLibrary();
  const make = (more: { batch?: number; seed?: number }) =>
    assertThrows(() => createNetwork("eoq", { library, plan: PLAN, batch: 2, seed: 1, ...more }), RangeError, "whole");
  for (const batch of [0, -1, 1.5, NaN, Infinity, 2 ** 31]) assertStringIncludes(make({ batch }).message, "batch: ");
  for (const seed of [-1, 1.5, NaN, Infinity, 2 ** 32]) assertStringIncludes(make({ seed }).message, "seed: ");
});

Deno.test("methods: a recipe is refused by the key that is none or has what it cannot have, and else taken", async () => {
  using library = await openLibrary();
  const make = (recipe: object) => createNetwork("eoq", { library, plan: PLAN, batch: 1, seed: 1, recipe });
  for (const recipe of Object.values(RECIPES)) make(recipe).close();
  assertThrows(() => make({ bogus: 1 }), RangeError, "recipe: there is no key bogus");
  assertThrows(() => make({ toString: 1 }), RangeError, "recipe: there is no key toString");
  for (const [key, values] of Object.entries(RECIPE_VALUES)) {
    const [within, beyond]: readonly (readonly unknown[])[] = "least" in values
      ? [[values.least, values.most], [values.least - 1, values.most + 1, values.least + 0.5, NaN, `${values.least}`]]
      : [values, [9, "x", null]];
    for (const value of within!) checkRecipe({ [key]: value });
    for (const value of [...beyond!, undefined]) {
      assertThrows(() => make({ [key]: value }), RangeError, `recipe.${key}: ${value} is n`);
    }
  }
});
