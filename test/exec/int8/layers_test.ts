import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { loadDataset } from "../../../lib/data/datasets.ts";
import { createEoqNetwork } from "../../../lib/exec/int8/eoq_network.ts";
import { type Batch, FULL_RATE } from "../../../lib/exec/network.ts";
import { type Library, openLibrary } from "../../../lib/native/library.ts";
import { buildPlan } from "../../../lib/plan/models.ts";
import type { Plan } from "../../../lib/plan/plan.ts";
import { weightsSha256 } from "../../../lib/train/weights_hash.ts";
import { integers } from "../../kernels/int8/fixture.ts";
import { SMALL_PLANS, tinyImagenet } from "../plans.ts";

const BATCH = 5, STEPS = 4;

/** Images that grow brighter from class to class. */
function batchOf(plan: Plan, count: number, seed: number): Batch {
  const next = integers(seed);
  const pixels = plan.height * plan.width * plan.channels;
  const labels = Int16Array.from({ length: count }, () => next(0, plan.classes - 1));
  const images = Uint8Array.from(
    { length: count * pixels },
    (_, i) => next(0, 60) + Math.floor(190 * labels[Math.floor(i / pixels)]! / plan.classes),
  );
  return { images, labels, count };
}

async function hashOf(library: Library, plan: Plan, seed: number): Promise<string> {
  const network = createEoqNetwork({ library, plan, batch: BATCH, seed });
  for (let step = 0; step < STEPS; step++) {
    const count = step === STEPS - 1 ? BATCH - 2 : BATCH;
    network.trainStep(batchOf(plan, count, step), { step, rate: FULL_RATE });
  }
  const hash = await weightsSha256(network.state());
  network.close();
  return hash;
}

Deno.test("every kind of layer gives one weights hash on every path and thread count", async () => {
  using library = await openLibrary();
  for (const plan of SMALL_PLANS) {
    library.selectIsa("scalar");
    library.setThreads(1);
    const expected = await hashOf(library, plan, 3);
    for (const { name } of library.isaPaths().filter((path) => path.built && path.supported)) {
      library.selectIsa(name);
      for (const threads of [1, 3]) {
        library.setThreads(threads);
        assertEquals(await hashOf(library, plan, 3), expected, `${plan.model} ${name} ${threads}`);
      }
    }
    assertNotEquals(await hashOf(library, plan, 4), expected);
  }
});

Deno.test("a restored network of every kind of layer infers and trains on alike", async () => {
  using library = await openLibrary();
  for (const plan of SMALL_PLANS) {
    const [first, second] = [3, 3].map((seed) => createEoqNetwork({ library, plan, batch: BATCH, seed }));
    first!.trainStep(batchOf(plan, BATCH, 0), { step: 0, rate: FULL_RATE });
    second!.restore(first!.state());
    const test = batchOf(plan, 7, 9);
    assertEquals(second!.evaluate(test), first!.evaluate(test), plan.model);
    for (const network of [first!, second!]) {
      network.trainStep(batchOf(plan, BATCH, 1), { step: 1, rate: FULL_RATE });
    }
    assertEquals(await weightsSha256(second!.state()), await weightsSha256(first!.state()), plan.model);
    first!.close();
    second!.close();
  }
});

/** Mean loss over a batch before training steps on it and behind them. */
function learn(
  library: Library,
  plan: Plan,
  batches: readonly Batch[],
  steps: number,
): { first: number; last: number } {
  const network = createEoqNetwork({ library, plan, batch: batches[0]!.count, seed: 1 });
  const losses = Array.from({ length: steps }, (_, step) => {
    const batch = batches[step % batches.length]!;
    return network.trainStep(batch, { step, rate: FULL_RATE }).lossSum / batch.count;
  });
  network.close();
  return {
    first: losses[0]!,
    last: losses.slice(-batches.length).reduce((sum, each) => sum + each, 0) / batches.length,
  };
}

Deno.test("digits are learnt by the small networks", async () => {
  using library = await openLibrary();
  const mnist = await loadDataset("mnist");
  const count = 32;
  const batches = Array.from({ length: 4 }, (_, i): Batch => {
    const images = new Uint8Array(count * 784);
    for (let j = 0; j < count; j++) images.set(mnist.train.image(i * count + j), j * 784);
    return { images, labels: mnist.train.labels.slice(i * count, (i + 1) * count), count };
  });
  for (const model of ["mlp", "lenet"]) {
    const { first, last } = learn(library, buildPlan(model, mnist), batches, 60);
    assert(first > 2.2 && last < 0.5, `${model}: ${first} became ${last}`);
  }
});

Deno.test("an ImageNet network in small learns images of 64x64", async () => {
  using library = await openLibrary();
  const plan = tinyImagenet({ height: 64, width: 64, channels: 3, classes: 3 });
  const batches = [0, 1].map((seed) => batchOf(plan, 8, seed));
  const { first, last } = learn(library, plan, batches, 200);
  assert(last < first / 2, `${first} became ${last}`);
});
