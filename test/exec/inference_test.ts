import { assert, assertEquals } from "@std/assert";
import { createNetwork, type Method, METHODS, TRAITS } from "../../lib/exec/methods.ts";
import { type Batch, FULL_RATE, type Network, type NetworkOptions } from "../../lib/exec/network.ts";
import { type Library, openLibrary } from "../../lib/native/library.ts";
import type { Plan } from "../../lib/plan/plan.ts";
import { integers } from "../kernels/int8/fixture.ts";
import { SMALL_PLANS } from "./plans.ts";

const BATCH = 6, COUNT = 23;

/** Images of very different brightness: a shared exponent would be that of the brightest. */
function batchOf({ height, width, channels, classes }: Plan, count: number, seed: number): Batch {
  const next = integers(seed), size = height * width * channels;
  const most = Array.from({ length: count }, () => 255 >> next(0, 6));
  return {
    images: Uint8Array.from({ length: count * size }, (_, i) => next(0, most[Math.floor(i / size)]!)),
    labels: Int16Array.from({ length: count }, () => next(0, classes - 1)),
    count,
  };
}

/** A network that some steps have changed. */
function trained(library: Library, method: Method, plan: Plan, options: Partial<NetworkOptions> = {}): Network {
  const network = createNetwork(method, { library, plan, batch: BATCH, seed: 3, ...options });
  for (let step = 0; step < 12; step++) {
    network.trainStep(batchOf(plan, BATCH, step), { step, rate: FULL_RATE });
  }
  return network;
}

/** Images of a batch, in this order. */
function picked({ images, labels, count }: Batch, order: readonly number[]): Batch {
  const size = images.length / count, chosen = new Uint8Array(order.length * size);
  order.forEach((from, to) => chosen.set(images.subarray(from * size, (from + 1) * size), to * size));
  return { images: chosen, labels: Int16Array.from(order, (i) => labels[i]!), count: order.length };
}

/** The logits of each of the batch's images. */
function rows(network: Network, { images, count }: Batch): number[][] {
  const logits = network.predict(images, count), { classes } = network.plan;
  return Array.from({ length: count }, (_, i) => Array.from(logits.subarray(i * classes, (i + 1) * classes)));
}

/** Orders of images: one by one, turned round, shuffled, repeated, and some of them often. */
function ordersOf(count: number): number[][] {
  const next = integers(5), all = Array.from({ length: count }, (_, i) => i);
  return [
    ...all.map((i) => [i]),
    all.toReversed(),
    all.toSorted(() => next(0, 1) - 0.5),
    [...all, ...all, ...all, ...all, ...all, ...all, ...all],
    [3, 3, 3, 0, 3],
  ];
}

/** The class, and minus the logarithm of the softmax there. */
function lossOf(logits: readonly number[], label: number): number {
  const most = Math.max(...logits);
  return Math.log(logits.reduce((sum, each) => sum + Math.exp(each - most), 0)) + most - logits[label]!;
}

for (const method of METHODS) {
  Deno.test(`what ${method} says of an image does not depend on the images beside it, on any path and threads`, async () => {
    using library = await openLibrary();
    const exact = TRAITS[method].arithmetic === "int8";
    for (const plan of SMALL_PLANS) {
      library.selectIsa("scalar");
      const network = trained(library, method, plan), batch = batchOf(plan, COUNT, 99);
      let expected = rows(network, batch);
      assert(new Set(expected.map((row) => row.join())).size > COUNT / 2, `${plan.model}: images look alike`);
      for (const { name } of library.isaPaths().filter((path) => path.built && path.supported)) {
        library.selectIsa(name);
        if (!exact) expected = rows(network, batch);
        for (const threads of [1, 2, 5]) {
          library.setThreads(threads);
          for (const order of ordersOf(COUNT)) {
            const found = rows(network, picked(batch, order));
            assertEquals(found, order.map((i) => expected[i]!), `${plan.model} ${name} ${threads} ${order}`);
          }
        }
      }
      network.close();
    }
  });

  Deno.test(`evaluation of ${method} is the sum of the losses of its logits, however it is split`, async () => {
    using library = await openLibrary();
    for (const plan of SMALL_PLANS) {
      const network = trained(library, method, plan), batch = batchOf(plan, 230, 7), all = rows(network, batch);
      const expected = all.map((row, i) => lossOf(row, batch.labels[i]!));
      const correct = all.filter((row, i) => row.indexOf(Math.max(...row)) === batch.labels[i]).length;
      for (const split of [230, 100, 1, 37]) {
        let lossSum = 0, found = 0;
        for (let from = 0; from < 230; from += split) {
          const order = Array.from({ length: Math.min(split, 230 - from) }, (_, i) => from + i);
          const metrics = network.evaluate(picked(batch, order));
          lossSum += metrics.lossSum;
          found += metrics.correct;
        }
        assertEquals(found, correct, `${plan.model} ${split}`);
        const loss = expected.reduce((sum, each) => sum + each, 0);
        // The integer softmax has steps of 1/32 of an octave.
        assert(Math.abs(lossSum - loss) < 0.02 * 230, `${plan.model} ${split}: ${lossSum}, not ${loss}`);
      }
      network.close();
    }
  });

  Deno.test(`a step of ${method} on one image goes forward as prediction does, where it says so`, async () => {
    using library = await openLibrary();
    assertEquals(createdStepPredicts(library, method), method === "eoq" || method === "fixup-fp32");
    for (const plan of SMALL_PLANS) {
      const network = trained(library, method, plan), apart = trained(library, method, plan);
      for (let step = 0; step < 5; step++) {
        const one = batchOf(plan, 1, 50 + step), position = { step, rate: FULL_RATE >> 4 };
        const predicted = network.predict(one.images, 1);
        const { executable, slots, forward, logits, metrics } = network.prepareStep(one, position);
        executable.run(slots, 0, forward);
        const found = logits();
        executable.run(slots, forward);
        if (network.stepPredicts) assertEquals(found, predicted, `${plan.model} ${step}`);
        else assertEquals(found.length, predicted.length);
        assertEquals(metrics(), apart.trainStep(one, position));
        assertEquals(network.state(), apart.state());
      }
      network.close();
      apart.close();
    }
  });
}

function createdStepPredicts(library: Library, method: Method): boolean {
  const network = createNetwork(method, { library, plan: SMALL_PLANS[1]!, batch: 1, seed: 1 });
  const { stepPredicts } = network;
  network.close();
  return stepPredicts;
}

Deno.test("a step whose activations round at random, or take earlier exponents, is no prediction", async () => {
  using library = await openLibrary();
  for (const recipe of [{ activationRounding: "stochastic" }, { exponents: "hindsight" }] as const) {
    const network = trained(library, "eoq", SMALL_PLANS[1]!, { recipe });
    assert(!network.stepPredicts);
    network.close();
  }
});
