import { assert, assertEquals } from "@std/assert";
import { createNetwork, METHODS } from "../../lib/exec/methods.ts";
import { type Batch, FULL_RATE, type Network, WHOLE_SHARE } from "../../lib/exec/network.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { buildPlan } from "../../lib/plan/models.ts";
import { weightsSha256 } from "../../lib/train/weights_hash.ts";
import { integers } from "../kernels/int8/fixture.ts";

const CLASSES = 4, SIZE = 9, STEPS = 4;
const PLAN = buildPlan("resnet-8", { height: SIZE, width: SIZE, channels: 3, classes: CLASSES });

function batchOf(count: number, seed: number): Batch {
  const next = integers(seed);
  return {
    images: Uint8Array.from({ length: count * SIZE * SIZE * 3 }, () => next(0, 255)),
    labels: Int16Array.from({ length: count }, () => next(0, CLASSES - 1)),
    count,
  };
}

/** The labels of a batch as they are, and those that are mixed with them. */
function mixedLabels(batch: Batch, share: number): Batch {
  return { ...batch, mixup: { partners: batch.labels.toReversed(), share } };
}

for (const method of METHODS) {
  Deno.test(`mixup: ${method} trains on the mean of both losses, and as ever where nothing is mixed`, async () => {
    using library = await openLibrary();
    const train = async (change: (batch: Batch) => Batch) => {
      const network = createNetwork(method, { library, plan: PLAN, batch: 6, seed: 3 });
      const metrics = Array.from(
        { length: STEPS },
        (_, step) => network.trainStep(change(batchOf(step === 2 ? 5 : 6, step)), { step, rate: FULL_RATE }),
      );
      const bytes = network.bytes().activations;
      const hash = await weightsSha256(network.state());
      network.close();
      return { metrics, hash, bytes };
    };
    const plain = await train((batch) => batch);
    const whole = await train((batch) => mixedLabels(batch, WHOLE_SHARE));
    assertEquals([whole.metrics, whole.hash], [plain.metrics, plain.hash]);
    assertEquals(whole.bytes, plain.bytes + 2 * 6);

    const swapped = await train((batch) => ({ ...batch, labels: batch.labels.toReversed() }));
    const hashes = new Set([plain.hash, swapped.hash]);
    for (const share of [128, 161]) {
      const mixed = await train((batch) => mixedLabels(batch, share));
      const mean = (share * plain.metrics[0]!.lossSum + (256 - share) * swapped.metrics[0]!.lossSum) / 256;
      assert(Math.abs(mixed.metrics[0]!.lossSum - mean) < 1e-9, `${mixed.metrics[0]!.lossSum} is not ${mean}`);
      assertEquals(mixed.metrics[0]!.correct, plain.metrics[0]!.correct);
      hashes.add(mixed.hash);
    }
    assertEquals(hashes.size, 4);
  });

  Deno.test(`mixup: ${method} trains on smoothed labels, mixed or not, and is measured on whole ones`, async () => {
    using library = await openLibrary();
    const smoothed = (smoothing: number, share: number) => {
      const network = createNetwork(method, { library, plan: PLAN, batch: 6, seed: 3 });
      const batch = (step: number) => ({ ...mixedLabels(batchOf(6, step), share), smoothing });
      const position = (step: number) => ({ step, rate: FULL_RATE });
      const [first] = Array.from({ length: STEPS }, (_, step) => network.trainStep(batch(step), position(step)));
      const tested = network.evaluate(batchOf(6, 9));
      const state = network.state();
      const fresh = createNetwork(method, { library, plan: PLAN, batch: 6, seed: 4 });
      fresh.restore(state);
      assertEquals(fresh.evaluate(batchOf(6, 9)), tested);
      for (const each of [network, fresh]) each.close();
      return { loss: first!.lossSum, state };
    };
    const every = Array.from({ length: CLASSES }, (_, label) => {
      const network = createNetwork(method, { library, plan: PLAN, batch: 6, seed: 3 });
      const batch = batchOf(6, 0);
      const { lossSum } = network.trainStep({ ...batch, labels: batch.labels.map(() => label) }, {
        step: 0,
        rate: FULL_RATE,
      });
      network.close();
      return lossSum;
    });
    const all = every.reduce((sum, loss) => sum + loss, 0) / CLASSES;
    const hashes = new Set<string>();
    for (const share of [WHOLE_SHARE, 161]) {
      const none = smoothed(0, share);
      hashes.add(await weightsSha256(none.state));
      for (const smoothing of [26, 128]) {
        const { loss, state } = smoothed(smoothing, share);
        const mean = ((256 - smoothing) * none.loss + smoothing * all) / 256;
        // An integer loss is rounded down to 2^-16, an image.
        assert(Math.abs(loss - mean) <= 6 * 2 ** -16 + 1e-9, `${loss} is not ${mean}`);
        hashes.add(await weightsSha256(state));
      }
    }
    assertEquals(hashes.size, 6);
  });

  Deno.test(`mixup: ${method} keeps nothing of it for a batch that is not mixed`, async () => {
    using library = await openLibrary();
    const [mixed, fresh] = [3, 4].map((seed) => createNetwork(method, { library, plan: PLAN, batch: 6, seed })) as [
      Network,
      Network,
    ];
    mixed.trainStep(mixedLabels(batchOf(6, 0), 140), { step: 0, rate: FULL_RATE });
    // A program is told whether images are mixed; what the last batch was has no say.
    const losses = mixed.programs(6).training.calls.filter(({ layer }) => layer === "loss");
    assertEquals(losses.map(({ words }) => "partners" in words && words.partners), [undefined]);
    fresh.restore(mixed.state());
    const position = { step: 1, rate: FULL_RATE };
    assertEquals(mixed.trainStep(batchOf(6, 1), position), fresh.trainStep(batchOf(6, 1), position));
    for (const network of [mixed, fresh]) network.close();
  });
}
