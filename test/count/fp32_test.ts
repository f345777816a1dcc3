import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { countOperations } from "../../lib/count/count.ts";
import { evaluationGroup } from "../../lib/exec/fp32/evaluation.ts";
import { PLAN } from "../exec/fp32/networks.ts";
import { comparable, countExecuted, openCounting, testFormulas } from "./counting.ts";
import { BATCHES, PLANS, WIDE } from "./plans_fp32.ts";

for (const method of ["bn-fp32", "fixup-fp32"] as const) {
  for (const plan of PLANS) {
    testFormulas(plan, method, BATCHES);
  }

  Deno.test(`${method}: images about zero are counted, too`, async () => {
    using library = await openCounting();
    const executed = countExecuted(library, { plan: PLAN, method, batch: 2, input: "centered" });
    assertEquals(comparable(countOperations(PLAN, method, 2, { input: "centered" })), comparable(executed));
  });

  Deno.test(`${method}: smoothed labels are counted, too`, async () => {
    using library = await openCounting();
    const executed = comparable(countExecuted(library, { plan: PLAN, method, batch: 3, smoothing: 26 }));
    assertEquals(comparable(countOperations(PLAN, method, 3, { smoothed: true })), executed);
    assert(comparable(countOperations(PLAN, method, 3)).join() !== executed.join());
  });

  Deno.test(`${method}: Nesterov's momentum is counted, too`, async () => {
    using library = await openCounting();
    const settings = { nesterov: true };
    const executed = comparable(countExecuted(library, { plan: PLAN, method, batch: 2, ...settings }));
    assertEquals(comparable(countOperations(PLAN, method, 2, settings)), executed);
    assertNotEquals(comparable(countOperations(PLAN, method, 2)), executed);
  });

  Deno.test(`${method}: the formulas hold with centred gradients and without`, async () => {
    using library = await openCounting();
    for (const plan of PLANS) {
      const [centred, plain] = [true, false].map((centredGradients) => {
        const executed = comparable(countExecuted(library, { plan, method, batch: 2, centredGradients }));
        assertEquals(comparable(countOperations(plan, method, 2, { centredGradients })), executed, plan.model);
        return executed;
      });
      assertNotEquals(centred, plain);
    }
  });
}

Deno.test("bn-fp32: a step with running statistics executes what is counted, not what one with those of the batch does", async () => {
  using library = await openCounting();
  for (const plan of PLANS) {
    const settings = { runningStatistics: true };
    const executed = comparable(countExecuted(library, { plan, method: "bn-fp32", batch: 2, ...settings }));
    assertEquals(comparable(countOperations(plan, "bn-fp32", 2, settings)), executed, plan.model);
    assertNotEquals(comparable(countOperations(plan, "bn-fp32", 2)), executed);
  }
});

Deno.test("the plans have inference in one group and in several", () => {
  assertEquals(evaluationGroup(WIDE), 2);
  assert(evaluationGroup(PLAN) >= 8);
});
