import { assert, assertEquals } from "@std/assert";
import { createNetwork, METHODS } from "../../lib/exec/methods.ts";
import { type Batch, FULL_RATE, type Network } from "../../lib/exec/network.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { buildPlan } from "../../lib/plan/models.ts";
import { integers } from "../kernels/int8/fixture.ts";

const SIZE = 9;
const PLAN = buildPlan("resnet-8", { height: SIZE, width: SIZE, channels: 3, classes: 4 });

function batchOf(seed: number): Batch {
  const next = integers(seed), count = 6;
  return {
    images: Uint8Array.from({ length: count * SIZE * SIZE * 3 }, () => next(0, 255)),
    labels: Int16Array.from({ length: count }, () => next(0, 3)),
    count,
  };
}

/** The entries of two states that differ. */
function changed(network: Network, act: () => void): string[] {
  const before = network.state();
  act();
  return network.state().flatMap(({ name, bytes }, i) => String(bytes) === String(before[i]!.bytes) ? [] : [name]);
}

for (const method of METHODS) {
  Deno.test(`settle: ${method} moves its running statistics as a step does, and nothing else`, async () => {
    using library = await openLibrary();
    const [network, stepped] = [1, 2].map(() => createNetwork(method, { library, plan: PLAN, batch: 6, seed: 3 })) as [
      Network,
      Network,
    ];
    const hasStatistics = method === "wageubn" || method === "bn-fp32";
    assertEquals(network.settle !== undefined, hasStatistics);
    if (hasStatistics) {
      const names = changed(network, () => network.settle!(batchOf(1), 0));
      assert(names.length > 0 && names.every((name) => /running/.test(name)), names.join());
      // The forward pass of a step comes before its update: its statistics are the same.
      stepped.trainStep(batchOf(1), { step: 0, rate: FULL_RATE });
      const statistics = (each: Network) => each.state().filter(({ name }) => /running/.test(name));
      assertEquals(statistics(network), statistics(stepped));
    }
    for (const each of [network, stepped]) each.close();
  });
}
