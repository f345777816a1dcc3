import { assertEquals } from "@std/assert";
import { decaysAt } from "../../lib/train/schedule.ts";

Deno.test("schedule: falls at 50, 75 and 90 percent", () => {
  const at = (images: number) => decaysAt(images, 1000);
  assertEquals([0, 499, 500, 749, 750, 899, 900, 1000].map(at), [0, 0, 1, 1, 2, 2, 3, 3]);
});

Deno.test("schedule: exact where the percentage is no whole image", () => {
  assertEquals([3, 4, 5, 6, 7].map((images) => decaysAt(images, 7)), [0, 1, 1, 2, 3]);
});
