import { assert, assertEquals } from "@std/assert";
import { createNetwork, METHODS } from "../../lib/exec/methods.ts";
import { FULL_RATE } from "../../lib/exec/network.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { buildPlan } from "../../lib/plan/models.ts";
import { batchOf } from "../exec/fp32/networks.ts";

Deno.test("VGG-small: every method learns a batch of small images by heart", async () => {
  using library = await openLibrary();
  const plan = buildPlan("vgg-small-7", { height: 8, width: 8, channels: 3, classes: 4 });
  const batch = batchOf(8, 1, plan);
  for (const method of METHODS) {
    const network = createNetwork(method, { library, plan, batch: batch.count, seed: 1, input: "centered" });
    // A thirty-second of the rate of the residual networks, which is too much for eoq without their shortcuts.
    const losses = Array.from(
      { length: 40 },
      (_, step) => network.trainStep(batch, { step, rate: FULL_RATE / 32 }).lossSum / batch.count,
    );
    const { correct } = network.evaluate(batch);
    network.close();
    assert(losses.at(-1)! < losses[0]! / 2, `${method}: ${losses[0]} became ${losses.at(-1)}`);
    assertEquals(correct, batch.count, method);
  }
});
