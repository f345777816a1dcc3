import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { copyVaried, drawVariation } from "../../lib/data/augment.ts";
import { BatchReader } from "../../lib/data/batch_reader.ts";
import { imageBytes, splitInMemory } from "../../lib/data/dataset.ts";
import { drawShare, mixReversed } from "../../lib/data/mixup.ts";

Deno.test("batch reader: gathers images and labels in the order asked", () => {
  const shape = { height: 1, width: 2, channels: 1 };
  const split = splitInMemory(shape, Uint8Array.of(0, 1, 10, 11, 20, 21), Int16Array.of(5, 6, 999));
  const reader = new BatchReader(split, 2);
  const first = reader.gather(Uint32Array.of(2, 0));
  assertEquals([[...first.images], [...first.labels], first.count], [[20, 21, 0, 1], [999, 5], 2]);
  const last = reader.gather(Uint32Array.of(1));
  assertEquals([[...last.images], [...last.labels], last.count], [[10, 11], [6], 1]);
});

Deno.test("batch reader: each image is varied by seed, epoch and its own index, wherever in a batch it lies, then mixed", () => {
  const size = fc.integer({ min: 1, max: 5 });
  const uint32 = fc.nat(2 ** 32 - 1);
  const augmentation = fc.record({ crop: fc.nat(7), padding: fc.nat(255), flip: fc.boolean(), mixup: fc.boolean() });
  const orders = fc.array(fc.nat(5), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(
      size,
      size,
      size,
      augmentation,
      uint32,
      uint32,
      orders,
      (height, width, channels, augmentation, seed, epoch, order) => {
        const shape = { height, width, channels };
        const bytes = imageBytes(shape);
        const images = Uint8Array.from({ length: 6 * bytes }, (_, i) => 1 + i % 255);
        const reader = new BatchReader(splitInMemory(shape, images, Int16Array.of(0, 1, 2, 3, 4, 5)), 6);
        // What an earlier batch leaves in the buffer must not show.
        reader.gather(Uint32Array.of(5, 4, 3, 2, 1, 0));
        const batch = reader.gather(Uint32Array.from(order), { augmentation, seed, epoch });
        const expected = new Uint8Array(order.length * bytes);
        order.forEach((index, i) => {
          const one = images.slice(index * bytes, (index + 1) * bytes);
          copyVaried(
            one,
            shape,
            drawVariation(augmentation, seed, epoch, index),
            augmentation,
            expected,
            i * bytes,
          );
        });
        const share = drawShare(seed, epoch, order[0]!);
        if (augmentation.mixup) mixReversed(expected, bytes, share);
        assertEquals([[...batch.images], [...batch.labels], batch.count], [[...expected], order, order.length]);
        const mixup = { partners: Int16Array.from(order.toReversed()), share };
        assertEquals(batch.mixup, augmentation.mixup ? mixup : undefined);
      },
    ),
  );
});

Deno.test("batch reader: a part of a batch is what the whole batch has there, and no more images are read than for it", () => {
  const shape = { height: 3, width: 4, channels: 2 }, bytes = imageBytes(shape), count = 9;
  const images = Uint8Array.from({ length: count * bytes }, (_, i) => (i * 37 + (i >> 3)) & 255);
  const split = splitInMemory(shape, images, Int16Array.from({ length: count }, (_, i) => i));
  const order = Uint32Array.of(4, 0, 8, 2, 6, 1, 3);
  for (const mixup of [false, true]) {
    const varied = { augmentation: { crop: 1, padding: 7, flip: true, mixup }, seed: 3, epoch: 1 };
    for (const how of [undefined, varied]) {
      const whole = new BatchReader(split, order.length).gather(order, how);
      for (let first = 0; first < order.length; first++) {
        for (let images = 0; first + images <= order.length; images++) {
          // A part of none has an image all the same.
          const end = first + Math.max(1, images);
          const read = new Set<number>();
          const image = (index: number) => (read.add(index), split.image(index));
          const part = new BatchReader({ ...split, image }, end - first).gather(order, how, { first, images });
          const own = order.subarray(first, end), mixedIn = order.toReversed().subarray(first, end);
          assertEquals(read, new Set([...own, ...how?.augmentation.mixup ? mixedIn : []]));
          assertEquals(part.count, end - first);
          assertEquals([...part.images], [...whole.images.subarray(first * bytes, end * bytes)]);
          assertEquals([...part.labels], [...whole.labels.subarray(first, end)]);
          assertEquals(part.mixup?.share, whole.mixup?.share);
          assertEquals(part.mixup?.partners, whole.mixup?.partners.subarray(first, end));
        }
      }
    }
  }
});
