import { assertEquals } from "@std/assert";
import { imagesOf, randomBatch } from "../../lib/bench/images.ts";
import { splitInMemory } from "../../lib/data/dataset.ts";
import { PlanBuilder } from "../../lib/plan/builder.ts";

const SHAPE = { height: 8, width: 8, channels: 2 };
const PLAN = new PlanBuilder("tiny", { ...SHAPE, classes: 3 }).conv({ name: "stem", outputs: 4, kernel: 3 })
  .averagePool()
  .build();

Deno.test("images: random ones are others in each step and each place, and the same every time", () => {
  const images = Array.from({ length: 20 }, (_, step) => randomBatch(PLAN, 5, step));
  const each = images.flatMap((batch) =>
    Array.from({ length: 5 }, (_, i) => batch.images.slice(128 * i, 128 * i + 128))
  );
  assertEquals(new Set(each.map((pixels) => pixels.join())).size, 100);
  assertEquals(new Set(each.flatMap((pixels) => [...pixels])).size, 256);
  assertEquals(new Set(images.flatMap(({ labels }) => [...labels])), new Set([0, 1, 2]));
  assertEquals(randomBatch(PLAN, 5, 7), images[7]);
});

Deno.test("images: those of a split come in their order, from the first again behind the last", () => {
  const pixels = new Uint8Array(7 * 128).map((_, i) => Math.floor(i / 128));
  const split = splitInMemory(SHAPE, pixels, Int16Array.from([10, 11, 12, 13, 14, 15, 16]));
  const { source, batch } = imagesOf("cifar10", split);
  assertEquals(source, "cifar10");
  assertEquals([0, 1, 2].map((step) => [...batch(PLAN, 3, step).labels]), [[10, 11, 12], [13, 14, 15], [16, 10, 11]]);
  const { images, count } = batch(PLAN, 3, 2);
  assertEquals([count, images.length], [3, 3 * 128]);
  assertEquals([0, 1, 2].map((i) => [...new Set(images.subarray(128 * i, 128 * i + 128))]), [[6], [0], [1]]);
});
