import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  DEFAULT_SCHEDULE,
  LONGEST_WARMUP,
  rateAt,
  type Schedule,
  scheduleSchema,
  warmedUp,
} from "../../lib/train/schedule.ts";

Deno.test("schedule: by default a quarter at 50, 75 and 90 percent", () => {
  const at = (images: number) => rateAt(DEFAULT_SCHEDULE, images, 1000);
  assertEquals([0, 499, 500, 749, 750, 899, 900, 1000].map(at), [
    ...[65536, 65536, 16384, 16384],
    ...[4096, 4096, 1024, 1024],
  ]);
});

Deno.test("schedule: exact where the percentage is no whole image", () => {
  assertEquals([3, 4, 5, 6, 7].map((images) => rateAt(DEFAULT_SCHEDULE, images, 7)), [65536, 16384, 16384, 4096, 1024]);
});

Deno.test("schedule: a step divides by any whole number and never reaches 0", () => {
  const schedule: Schedule = { kind: "step", at: [10, 20, 30, 40, 50, 60], divisor: 10 };
  const at = (images: number) => rateAt(schedule, images, 100);
  assertEquals([0, 10, 20, 30, 40, 50, 60].map(at), [65536, 6553, 655, 65, 6, 1, 1]);
});

Deno.test("schedule: the cosine is the nearest whole number to the real one", () => {
  for (const total of [1, 7, 1000, 3_000_000]) {
    for (let i = 0; i <= 500; i++) {
      const images = Math.floor(total * i / 500);
      const real = 2 ** 16 * (1 + Math.cos(Math.PI * images / total)) / 2;
      // A double near a half may fall to either side of it.
      assert(
        Math.abs(rateAt({ kind: "cosine" }, images, total) - Math.max(1, real)) <= 0.5 + 1e-6,
        `${images}/${total}`,
      );
    }
  }
  assertEquals([0, 1, 2, 3, 4].map((images) => rateAt({ kind: "cosine" }, images, 4)), [65536, 55938, 32768, 9598, 1]);
});

Deno.test("schedule: points that do not rise are refused", () => {
  assertThrows(() => scheduleSchema.parse({ kind: "step", at: [50, 50], divisor: 4 }), Error, "must rise");
  assertThrows(() => scheduleSchema.parse({ kind: "cosine", at: [50] }), Error, "at");
});

Deno.test("schedule: a warm-up rises by equal parts, rounded down, to the whole rate at its last step", () => {
  const rates = (warmup: number) => [0, 1, 2, 3, 4].map((step) => warmedUp(1000, step, warmup));
  assertEquals(rates(0), [1000, 1000, 1000, 1000, 1000]);
  assertEquals(rates(1), [1000, 1000, 1000, 1000, 1000]);
  assertEquals(rates(3), [333, 666, 1000, 1000, 1000]);
  assertEquals(rates(4), [250, 500, 750, 1000, 1000]);
  assertEquals(warmedUp(1, 0, 4), 1);
});

Deno.test("schedule: the longest warm-up is exact", () => {
  for (const step of [0, 14, 15, 99, 333_332, LONGEST_WARMUP - 2, LONGEST_WARMUP - 1]) {
    const exact = 65536n * BigInt(step + 1) / BigInt(LONGEST_WARMUP);
    assertEquals(warmedUp(65536, step, LONGEST_WARMUP), Math.max(1, Number(exact)));
  }
});
