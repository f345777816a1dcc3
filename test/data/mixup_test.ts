import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { drawShare, mixReversed } from "../../lib/data/mixup.ts";

const uint32 = fc.nat(2 ** 32 - 1);

Deno.test("mixup: every byte is the rounded mean of an image and the one as far from the other end", () => {
  const byte = fc.oneof(fc.constantFrom(0, 1, 127, 128, 254, 255), fc.nat(255));
  const images = fc.nat(7).chain((count) =>
    fc.array(fc.array(byte, { minLength: 5, maxLength: 5 }), { minLength: count, maxLength: count })
  );
  fc.assert(fc.property(images, fc.integer({ min: 0, max: 256 }), (images, share) => {
    const expected = images.map((image, i) =>
      image.map((own, at) => {
        const exact = (own * share + images.at(-1 - i)![at]! * (256 - share)) / 256;
        return Math.floor(exact + 0.5);
      })
    );
    const mixed = Uint8Array.from(images.flat());
    mixReversed(mixed, 5, share);
    assertEquals([...mixed], expected.flat());
  }));
});

Deno.test("mixup: a whole share, a single image and equal images stay as they are", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), fc.integer({ min: 0, max: 256 }), (image, share) => {
      const single = image.slice();
      mixReversed(single, 6, share);
      assertEquals(single, image);
      const whole = image.slice();
      mixReversed(whole, 2, 256);
      assertEquals(whole, image);
      const twice = Uint8Array.of(...image, ...image);
      mixReversed(twice, 6, share);
      assertEquals(twice, Uint8Array.of(...image, ...image));
    }),
  );
});

Deno.test("mixup: a share is fixed by seed, epoch and first image, and keeps at least half", () => {
  fc.assert(fc.property(uint32, uint32, uint32, (seed, epoch, first) => {
    const share = drawShare(seed, epoch, first);
    assert(Number.isInteger(share) && share >= 128 && share <= 256, `${share}`);
    assertEquals(drawShare(seed, epoch, first), share);
  }));
});

Deno.test("mixup: pinned, because a changed share changes every published hash", () => {
  assertEquals([0, 1, 2, 3, 4, 5].map((first) => drawShare(1, 0, first)), [231, 240, 219, 177, 139, 179]);
});

Deno.test("mixup: each weight is equally likely, over batches, epochs and seeds", () => {
  const draws: Readonly<Record<string, (i: number) => number>> = {
    batches: (i) => drawShare(1, 0, i),
    epochs: (i) => drawShare(1, i, 7),
    seeds: (i) => drawShare(i, 3, 7),
  };
  for (const [over, draw] of Object.entries(draws)) {
    const counts = new Float64Array(129);
    for (let i = 0; i < 50_000; i++) counts[draw(i) - 128]!++;
    // A half comes from one weight of 257, every other share from two.
    const chiSquare = counts.reduce((sum, count, i) => {
      const expected = 50_000 * (i === 0 ? 1 : 2) / 257;
      return sum + (count - expected) ** 2 / expected;
    }, 0);
    // 128 degrees of freedom: 182.0 is exceeded about once in a thousand uniform draws.
    assert(chiSquare < 182, `over ${over}: chi-square ${chiSquare}`);
  }
});
