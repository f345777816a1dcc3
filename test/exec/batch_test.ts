import { assertEquals, assertThrows } from "@std/assert";
import { createNetwork, METHODS } from "../../lib/exec/methods.ts";
import { type Batch, FULL_RATE } from "../../lib/exec/network.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { buildPlan } from "../../lib/plan/models.ts";

const SIZE = 7, PLAN = buildPlan("resnet-8", { height: SIZE, width: SIZE, channels: 2, classes: 3 });
const LARGEST = 8, POSITION = { step: 0, rate: FULL_RATE };

function batchOf(count: number): Batch {
  return {
    images: new Uint8Array(count * SIZE * SIZE * 2).map((_, i) => 37 * i),
    labels: new Int16Array(count).map((_, i) => i % 3),
    count,
  };
}

for (const method of METHODS) {
  Deno.test(`a batch of a wrong size is named: ${method}`, async () => {
    using library = await openLibrary();
    const network = createNetwork(method, { library, plan: PLAN, batch: LARGEST, seed: 1 });
    const before = network.state();
    const refuses = (run: (batch: Batch) => unknown, most: number) => {
      const largest = LARGEST, batch = batchOf(largest), bytes = batch.images.length;
      const refused = (changed: Partial<Batch>, message: string) =>
        assertThrows(() => run({ ...batch, ...changed }), RangeError, message);
      for (const count of [0, most + 1, 1.5]) {
        refused({ count }, `batch: ${count} images are not in 1..${most}`);
      }
      refused({ images: batch.images.subarray(1) }, `images: ${bytes - 1} bytes, ${bytes} are needed`);
      refused({ labels: batch.labels.subarray(1) }, `labels: ${largest - 1}, ${largest} are needed`);
      const mixup = { partners: batch.labels.subarray(1), share: 128 };
      refused({ mixup }, `partners: ${largest - 1}, ${largest} are needed`);
      run(batch);
    };
    refuses((batch) => network.evaluate(batch), 2 ** 31 - 1);
    const { images } = batchOf(LARGEST);
    for (const count of [0, 2 ** 31, 1.5, -1, NaN]) {
      assertThrows(() => network.predict(images, count), RangeError, `batch: ${count} images are not in 1..2147483647`);
    }
    const bytes = images.length;
    assertThrows(
      () => network.predict(images.subarray(1), LARGEST),
      RangeError,
      `images: ${bytes - 1} bytes, ${bytes}`,
    );
    assertEquals(network.state(), before);
    refuses((batch) => network.trainStep(batch, POSITION), LARGEST);
    network.close();
  });
}
