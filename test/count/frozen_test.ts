import { assertEquals } from "@std/assert";
import { countOperations } from "../../lib/count/count.ts";
import { liveBytes } from "../../lib/count/live.ts";
import { operationsPerImage } from "../../lib/count/operations.ts";
import { convMacs, forwardMacs } from "../../lib/count/taps.ts";
import { METHODS } from "../../lib/exec/methods.ts";
import { stepBytes } from "../../lib/exec/outline.ts";
import { convolutions } from "../../lib/plan/plan.ts";
import { frozenConvolutions, type Trained } from "../../lib/plan/trained.ts";
import { SMALL_PLANS } from "../exec/plans.ts";
import { comparable, countExecuted, openCounting } from "./counting.ts";

const TRAINED: readonly Trained[] = ["classifier", "last:2", "last:3"];

for (const method of METHODS) {
  Deno.test(`${method}: what a step with frozen layers executes is what is counted`, async () => {
    using library = await openCounting();
    for (const plan of SMALL_PLANS) {
      for (const train of TRAINED) {
        const executed = countExecuted(library, { plan, method, batch: 3, train });
        assertEquals(
          comparable(countOperations(plan, method, 3, { train })),
          comparable(executed),
          `${plan.model} ${train}`,
        );
      }
    }
  });
}

Deno.test("frozen: a training image multiplies forward, and back to what is trained and what stands between", () => {
  for (const plan of SMALL_PLANS) {
    for (const method of METHODS) {
      for (const train of TRAINED) {
        const frozen = frozenConvolutions(plan, train), trained = convolutions(plan).slice(frozen.length);
        const { macs } = operationsPerImage(plan, method, 2, { train });
        // The lowest layer that is trained has no error to pass on, nor a projection beside it.
        const lowest = plan.layers.find((layer) =>
          (layer.kind === "conv" && layer.conv === trained[0]) ||
          (layer.kind === "block" && layer.block.convs[0] === trained[0])
        );
        const shortcut = lowest?.kind === "block" ? lowest.block.shortcut : undefined;
        const passing = trained.slice(1).filter((conv) => shortcut?.kind !== "projection" || conv !== shortcut.conv);
        const sum = (convs: typeof trained) => convs.reduce((sum, conv) => sum + convMacs(conv), 0);
        assertEquals(macs, forwardMacs(plan) + sum(trained) + sum(passing), `${method} ${plan.model} ${train}`);
        const { parameters, activations, optimizer } = stepBytes(method, plan, 2, train);
        assertEquals(liveBytes(plan, method, 2, "step", train), parameters + activations + optimizer);
      }
    }
  }
});
