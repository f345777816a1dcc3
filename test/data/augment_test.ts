import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { copyVaried, drawVariation, type ImageAugmentation, type Variation } from "../../lib/data/augment.ts";
import { imageBytes } from "../../lib/data/dataset.ts";
import type { ImageShape } from "../../lib/plan/plan.ts";

/** The definition: pad all around with one byte, cut the window pixel by pixel, mirror it. */
function cutPadded(
  source: Uint8Array,
  shape: ImageShape,
  { down, right, mirrored }: Variation,
  { crop, padding }: Pick<ImageAugmentation, "crop" | "padding">,
): number[] {
  const { height, width, channels } = shape;
  const padded = Array.from(
    { length: height + 2 * crop },
    (_, y) =>
      Array.from({ length: width + 2 * crop }, (_, x) =>
        Array.from({ length: channels }, (_, c) => {
          const inside = y >= crop && y < crop + height && x >= crop && x < crop + width;
          return inside ? source[((y - crop) * width + (x - crop)) * channels + c]! : padding;
        })),
  );
  const window = padded.slice(down, down + height).map((row) => row.slice(right, right + width));
  return window.flatMap((row) => mirrored ? row.toReversed() : row).flat();
}

const size = fc.integer({ min: 1, max: 9 });
const anyShape = fc.record({ height: size, width: size, channels: fc.integer({ min: 1, max: 4 }) });

/** A crop, which can be larger than the image, and any window of it. */
const anyCut = fc.nat(12).chain((crop) =>
  fc.record({
    crop: fc.constant(crop),
    padding: fc.nat(255),
    variation: fc.record({ down: fc.nat(2 * crop), right: fc.nat(2 * crop), mirrored: fc.boolean() }),
  })
);

Deno.test("augment: a window of the padded image, mirrored or not, and nothing beside it is written", () => {
  const random = fc.infiniteStream(fc.nat(255));
  fc.assert(
    fc.property(anyShape, anyCut, fc.nat(20), random, (shape, { variation, ...cut }, at, stream) => {
      const bytes = imageBytes(shape);
      const source = Uint8Array.from([...stream.take(bytes)]);
      const before = Uint8Array.from([...stream.take(at + bytes + 7)]);
      const target = before.slice();
      copyVaried(source, shape, variation, cut, target, at);
      assertEquals([...target.subarray(at, at + bytes)], cutPadded(source, shape, variation, cut));
      assertEquals(target.subarray(0, at), before.subarray(0, at));
      assertEquals(target.subarray(at + bytes), before.subarray(at + bytes));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("augment: no crop and no flip copies the image", () => {
  fc.assert(fc.property(fc.nat(2 ** 32 - 1), fc.nat(2 ** 32 - 1), fc.nat(2 ** 32 - 1), (seed, epoch, image) => {
    assertEquals(drawVariation({ crop: 0, flip: false }, seed, epoch, image), { down: 0, right: 0, mirrored: false });
  }));
});

Deno.test("augment: a variation is fixed by seed, epoch and image, and lies in the padded image", () => {
  const uint32 = fc.nat(2 ** 32 - 1);
  const augmentation = fc.record({ crop: fc.nat(500), flip: fc.boolean() });
  fc.assert(fc.property(augmentation, uint32, uint32, uint32, (augmentation, seed, epoch, image) => {
    const variation = drawVariation(augmentation, seed, epoch, image);
    assertEquals(drawVariation(augmentation, seed, epoch, image), variation);
    for (const place of [variation.down, variation.right]) assert(place >= 0 && place <= 2 * augmentation.crop);
    assert(augmentation.flip || !variation.mirrored);
  }));
});

const CIFAR: ImageAugmentation = { crop: 4, padding: 128, flip: true };

Deno.test("augment: pinned, because a changed variation changes every published hash", () => {
  const drawn = [0, 1, 2, 3].map((image) => drawVariation(CIFAR, 1, 0, image));
  assertEquals(drawn, [
    { down: 0, right: 5, mirrored: false },
    { down: 7, right: 2, mirrored: false },
    { down: 0, right: 3, mirrored: false },
    { down: 6, right: 8, mirrored: true },
  ]);
});

/** Pearson's chi-square of counts that should all be equal. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

Deno.test("augment: each window and each side is equally likely, over images and over epochs", () => {
  const side = 2 * CIFAR.crop + 1;
  const draws: Readonly<Record<string, (i: number) => Variation>> = {
    images: (i) => drawVariation(CIFAR, 1, 0, i),
    epochs: (i) => drawVariation(CIFAR, 1, i, 7),
    seeds: (i) => drawVariation(CIFAR, i, 3, 7),
  };
  for (const [over, draw] of Object.entries(draws)) {
    const counts = Array.from({ length: 2 * side * side }, () => 0);
    for (let i = 0; i < 50_000; i++) {
      const { down, right, mirrored } = draw(i);
      counts[(Number(mirrored) * side + down) * side + right]!++;
    }
    // 161 degrees of freedom: 221.9 is exceeded once in a thousand uniform draws.
    assert(chiSquare(counts) < 221.9, `over ${over}: chi-square ${chiSquare(counts)}`);
  }
});

Deno.test("augment: other epochs vary an image in another way", () => {
  const epoch = (epoch: number) => Array.from({ length: 50 }, (_, i) => drawVariation(CIFAR, 1, epoch, i));
  assertNotEquals(epoch(0), epoch(1));
});
