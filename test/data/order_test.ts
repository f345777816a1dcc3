import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { epochOrder } from "../../lib/data/order.ts";
import { mix32, RandomStream } from "../../lib/random.ts";

const seed = fc.integer({ min: 0, max: 2 ** 32 - 1 });

Deno.test("order: a permutation that seed and epoch decide", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 300 }), seed, fc.nat(50), (count, seed, epoch) => {
    const order = epochOrder(count, seed, epoch);
    assertEquals([...order].sort((a, b) => a - b), Array.from({ length: count }, (_, i) => i));
    assertEquals(epochOrder(count, seed, epoch), order);
  }));
});

Deno.test("order: other seeds and epochs give other orders", () => {
  const orders = new Set<string>();
  for (let seed = 0; seed < 20; seed++) {
    for (let epoch = 0; epoch < 20; epoch++) orders.add(epochOrder(50, seed, epoch).join());
  }
  assertEquals(orders.size, 400);
});

Deno.test("order: pinned, because a changed order changes every published hash", () => {
  assertEquals([...epochOrder(10, 1, 0)], [5, 9, 3, 0, 6, 4, 7, 1, 2, 8]);
});

Deno.test("order: each image is equally likely at each place", () => {
  const size = 6;
  const runs = 12_000;
  const counts = Array.from({ length: size * size }, () => 0);
  for (let run = 0; run < runs; run++) {
    epochOrder(size, run, 3).forEach((image, place) => counts[place * size + image]!++);
  }
  const expected = runs / size;
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // 25 degrees of freedom: 52.6 is exceeded once in a thousand uniform shuffles.
  assert(chiSquare < 52.6, `chi-square ${chiSquare}`);
});

Deno.test("random: draws stay below the bound, also where it does not divide 2^32", () => {
  fc.assert(fc.property(seed, seed, fc.integer({ min: 1, max: 2 ** 32 }), (seed, stream, bound) => {
    const random = new RandomStream(seed, stream);
    for (let i = 0; i < 10; i++) {
      const drawn = random.below(bound);
      assert(Number.isInteger(drawn) && drawn >= 0 && drawn < bound);
    }
  }));
  assertNotEquals(new RandomStream(1, 2).next(), new RandomStream(2, 1).next());
});

Deno.test("random: mix32 is Wellons' lowbias32", () => {
  const lowbias32 = (value: number) => {
    let x = BigInt(value);
    x = ((x ^ (x >> 16n)) * 0x7feb352dn) % (1n << 32n);
    x = ((x ^ (x >> 15n)) * 0x846ca68bn) % (1n << 32n);
    return Number(x ^ (x >> 16n));
  };
  fc.assert(fc.property(seed, (value) => assertEquals(mix32(value), lowbias32(value))));
});
