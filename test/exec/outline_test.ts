import { assert, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../lib/errors.ts";
import { createNetwork, METHODS } from "../../lib/exec/methods.ts";
import { outlineOf, stepBytes } from "../../lib/exec/outline.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { buildPlan } from "../../lib/plan/models.ts";
import { SMALL_PLANS } from "./plans.ts";

Deno.test("bytes of a step are those of a network on any threads, and what one refuses the other does", async () => {
  using library = await openLibrary({ threads: 2 });
  let existing = 0;
  for (const plan of SMALL_PLANS) {
    for (const method of METHODS) {
      for (const batch of [1, 3]) {
        let bytes;
        try {
          bytes = stepBytes(method, plan, batch);
        } catch (error) {
          assertThrows(
            () => createNetwork(method, { library, plan, batch, seed: 1 }),
            UserError,
            String(error).slice(11),
          );
          continue;
        }
        const network = createNetwork(method, { library, plan, batch, seed: 1 });
        assertEquals(bytes, network.bytes(), `${method} ${plan.model} ${batch}`);
        network.close();
        existing++;
      }
    }
  }
  // At least every method's CIFAR network and all that eoq runs.
  assert(existing >= 2 * (METHODS.length + SMALL_PLANS.length - 1), `${existing} networks`);
});

Deno.test("a network too wide for int8 sums is refused by its layer", () => {
  const plan = buildPlan("mlp", { height: 224, width: 224, channels: 3, classes: 10 });
  assertThrows(
    () => stepBytes("eoq", plan, 1),
    UserError,
    "mlp: hidden1 sums 150528 products, an int8 network at most 65536",
  );
});

Deno.test("the peak of a step is a call of it, and what holds something then is part of its activations", () => {
  for (const method of METHODS) {
    const plan = SMALL_PLANS[1]!, { bytes, peak, training } = outlineOf(method, { plan, batch: 4 });
    assert(training.calls.some(({ layer, phase }) => layer === peak.layer && phase === peak.phase), method);
    assertEquals(peak.words.reduce((sum, { bytes }) => sum + bytes, 0), peak.bytes);
    assertEquals(peak.words.map(({ bytes }) => bytes), peak.words.map(({ bytes }) => bytes).toSorted((a, b) => b - a));
    assert(peak.bytes <= bytes.activations && peak.bytes > bytes.activations / 2, `${method}: ${peak.bytes}`);
  }
});
