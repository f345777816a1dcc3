import { assertEquals } from "@std/assert";
import { createNetwork, METHODS } from "../../lib/exec/methods.ts";
import { type Batch, type BatchMetrics, FULL_RATE, type Network } from "../../lib/exec/network.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { buildPlan } from "../../lib/plan/models.ts";
import { integers } from "../kernels/int8/fixture.ts";

const SIZE = 9, CLASSES = 4, LARGEST = 6, SEED = 3;
const PLAN = buildPlan("resnet-8", { height: SIZE, width: SIZE, channels: 2, classes: CLASSES });

function batchOf(count: number, seed: number, share?: number): Batch {
  const next = integers(seed);
  const labels = Int16Array.from({ length: count }, () => next(0, CLASSES - 1));
  return {
    images: Uint8Array.from({ length: count * SIZE * SIZE * 2 }, () => next(0, 255)),
    labels,
    count,
    ...share !== undefined && { mixup: { partners: labels.toReversed(), share } },
  };
}

type Act = (network: Network, step: number) => BatchMetrics;

const train = (count: number, share?: number): Act => (network, step) =>
  network.trainStep(batchOf(count, step, share), { step, rate: FULL_RATE >> step });
const trace = (count: number, share?: number): Act => (network, step) => {
  const batch = batchOf(count, step, share), position = { step, rate: FULL_RATE >> step };
  return network.traceStep?.(batch, position).metrics ?? network.trainStep(batch, position);
};
const evaluate = (count: number): Act => (network, step) => network.evaluate(batchOf(count, step));

// Batches shrink and grow; evaluations need more memory than steps, and take it; programs are used again.
const ACTS: readonly Act[] = [
  ...[train(6), train(2, 140), evaluate(3), train(6), evaluate(100), train(6, 9), trace(5), train(2)],
  ...[evaluate(7), trace(6, 200), train(1), evaluate(100), train(6)],
];

const FLAGS = { exponents: "hindsight", errorQuantizer: "flag" } as const;

for (const [method, recipe] of [...METHODS.map((method) => [method, {}] as const), ["eoq", FLAGS] as const]) {
  const what = [method, ...Object.values(recipe)].join(", ");
  Deno.test(`order: what a step or an evaluation of ${what} gives depends on its state alone`, async () => {
    using library = await openLibrary();
    const create = () => createNetwork(method, { library, plan: PLAN, batch: LARGEST, seed: SEED, recipe });
    const network = create();
    for (const [step, act] of ACTS.entries()) {
      const fresh = create(), state = network.state();
      fresh.restore(state);
      // It goes on from its own state as from anyone's.
      if (step % 3 === 2) network.restore(state);
      assertEquals(act(network, step), act(fresh, step), `act ${step}`);
      assertEquals(network.state(), fresh.state(), `state behind act ${step}`);
      fresh.close();
    }
    network.close();
  });
}
