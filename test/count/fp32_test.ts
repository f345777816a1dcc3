import { assert, assertEquals } from "@std/assert";
import { countBatchNorm, countFixup } from "../../lib/count/fp32/network.ts";
import { evaluationGroup } from "../../lib/exec/fp32/evaluation.ts";
import { PlanBuilder } from "../../lib/plan/builder.ts";
import { buildPlan } from "../../lib/plan/models.ts";
import { FLAT, PLAIN, PLAN, PROJECTED } from "../exec/fp32/networks.ts";
import { comparable, countExecuted, openCounting } from "./counting.ts";

const FORMULAS = { "bn-fp32": countBatchNorm, "fixup-fp32": countFixup } as const;

/** Sums over several chunks, wide tiles and narrow ones, inference in groups of two, a max pool in front of an identity. */
const WIDE = new PlanBuilder("wide", { height: 20, width: 19, channels: 2, classes: 3 })
  .conv({ name: "stem", outputs: 300, kernel: 1 })
  .conv({ name: "narrow", outputs: 5, kernel: 3, stride: 2 })
  .maxPool("pool", 3, 2, 1)
  .block("a", [{ name: "conv1", outputs: 5, kernel: 3 }, { name: "conv2", outputs: 5, kernel: 3 }], "pad")
  .averagePool()
  .build();

const PLANS = [
  PLAN,
  PROJECTED,
  PLAIN,
  FLAT,
  WIDE,
  buildPlan("resnet-8", { height: 9, width: 8, channels: 3, classes: 10 }),
  buildPlan("mlp", { height: 5, width: 4, channels: 1, classes: 10 }),
  buildPlan("lenet", { height: 14, width: 15, channels: 1, classes: 10 }),
];

for (const method of ["bn-fp32", "fixup-fp32"] as const) {
  for (const plan of PLANS) {
    Deno.test(`${method}: the formulas of ${plan.model} are what its kernels execute, layer by layer`, async () => {
      using library = await openCounting();
      for (const batch of [1, 3, 8]) {
        const executed = comparable(countExecuted(library, { plan, method, batch }));
        assert(executed.length > 4 * plan.layers.length);
        assertEquals(comparable(FORMULAS[method](plan, batch)), executed, `batch ${batch}`);
      }
    });
  }

  Deno.test(`${method}: images about zero are counted, too`, async () => {
    using library = await openCounting();
    const executed = countExecuted(library, { plan: PLAN, method, batch: 2, input: "centered" });
    assertEquals(comparable(FORMULAS[method](PLAN, 2, "centered")), comparable(executed));
  });
}

Deno.test("the plans have inference in one group and in several", () => {
  assertEquals(evaluationGroup(WIDE), 2);
  assert(evaluationGroup(PLAN) >= 8);
});
