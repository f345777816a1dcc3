import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { createNetwork, type Method, METHODS, TRAITS } from "../../lib/exec/methods.ts";
import { FULL_RATE, type Network, type StateEntry } from "../../lib/exec/network.ts";
import { type Library, openLibrary } from "../../lib/native/library.ts";
import { buildPlan } from "../../lib/plan/models.ts";
import type { Plan } from "../../lib/plan/plan.ts";
import { batchOf } from "./batches.ts";

const BATCH = 4, CLASSES = 3;
const SHAPE = { height: 9, width: 10, channels: 2 };
const PLAN = buildPlan("resnet-8", { ...SHAPE, classes: CLASSES });
/** The first network for other images and more classes. */
const OTHER = buildPlan("resnet-8", { height: 16, width: 12, channels: 2, classes: 5 });

function withNetwork<T>(library: Library, method: Method, plan: Plan, seed: number, use: (network: Network) => T): T {
  const network = createNetwork(method, { library, plan, batch: BATCH, seed });
  try {
    return use(network);
  } finally {
    network.close();
  }
}

function trainSteps(network: Network, steps: number): void {
  for (let step = 0; step < steps; step++) {
    network.trainStep(batchOf(network.plan, step, BATCH), { step, rate: FULL_RATE });
  }
}

/** The state of a network that has learnt. */
const learnt = (library: Library, method: Method) =>
  withNetwork(library, method, PLAN, 1, (network) => {
    trainSteps(network, 6);
    return network.state();
  });

const byName = (state: readonly StateEntry[]) => new Map(state.map((entry) => [entry.name, entry]));

Deno.test("adopt: a network takes the weights of another, and its momentum stays zero", async () => {
  using library = await openLibrary();
  for (const method of METHODS) {
    const start = byName(learnt(library, method));
    withNetwork(library, method, PLAN, 2, (network) => {
      network.adopt([...start.values()], true);
      for (const { name, weights, bytes, exponent } of network.state()) {
        const its = start.get(name)!;
        if (weights) assertEquals([bytes, exponent], [its.bytes, its.exponent], `${method} ${name}`);
        else {
          assert(bytes.every((each) => each === 0), `${method} ${name}`);
          // What is zero in the other network says nothing; the classifier's is not.
          assert(
            name !== "classifier.weights.momentum" && name !== "classifier.momentum" ||
              its.bytes.some((each) => each !== 0),
            `${method} ${name}`,
          );
        }
      }
    });
  }
});

Deno.test("adopt: other images and classes get a new classifier, by the seed, and all other weights", async () => {
  using library = await openLibrary();
  for (const method of METHODS) {
    const start = byName(learnt(library, method));
    const adopted = (seed: number) =>
      withNetwork(library, method, OTHER, seed, (network) => {
        const fresh = byName(network.state());
        network.adopt([...start.values()], false);
        const state = byName(network.state());
        trainSteps(network, 2);
        return { fresh, state, later: network.state() };
      });
    const { fresh, state, later } = adopted(7);
    assertEquals(adopted(7).later, later);
    for (const [name, { weights, bytes, shape }] of state) {
      const what = `${method} ${name}`;
      if (!weights || name.startsWith("classifier.")) assertEquals(bytes, fresh.get(name)!.bytes, what);
      else if (name !== "scalars") assertEquals(bytes, start.get(name)!.bytes, what);
      else if (method !== "eoq") {
        // Those of the classifier are a parameter of their own, or all that there are.
        const expected = TRAITS[method].norm === "fixup" ? start : fresh;
        assertEquals(bytes, expected.get(name)!.bytes, what);
      } else {
        const [its, own] = [start.get(name)!.bytes, bytes].map((each) => [...new Int16Array(each.slice().buffer)]);
        // Biases, then a scale for each of the three blocks; the classifier's biases are in between.
        const before = its!.length - CLASSES - 3;
        assertEquals(shape, [its!.length + OTHER.classes - CLASSES]);
        assertEquals(own, [...its!.slice(0, before), ...Array(OTHER.classes).fill(0), ...its!.slice(-3)]);
        assertNotEquals(its!.slice(before, -3), Array(CLASSES).fill(0));
      }
    }
  }
});

Deno.test("adopt: weights of another shape or model change nothing", async () => {
  using library = await openLibrary();
  for (const method of METHODS) {
    const start = learnt(library, method);
    const channels = buildPlan("resnet-8", { ...SHAPE, channels: 3, classes: CLASSES });
    withNetwork(library, method, channels, 1, (network) => {
      const before = network.state();
      assertThrows(() => network.adopt(start, true), RangeError, 'state entry "stem.weights" is 16x3x3x2');
      assertEquals(network.state(), before);
    });
    withNetwork(library, method, buildPlan("resnet-14", PLAN), 1, (network) => {
      assertThrows(() => network.adopt(start, true), RangeError, "is missing");
    });
    withNetwork(library, method, PLAN, 1, (network) => {
      const deeper = withNetwork(library, method, buildPlan("resnet-14", PLAN), 1, (other) => other.state());
      assertThrows(() => network.adopt(deeper, false), RangeError);
    });
  }
});
