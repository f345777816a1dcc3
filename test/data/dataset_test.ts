import { assertEquals, assertStrictEquals } from "@std/assert";
import { firstImages, lastImages, type Split, splitInMemory } from "../../lib/data/dataset.ts";

const SPLIT = splitInMemory(
  { height: 1, width: 2, channels: 1 },
  Uint8Array.of(1, 2, 3, 4, 5, 6),
  Int16Array.of(7, 8, 999),
);

const contents = (split: Split) => Array.from(split.labels, (label, i) => [label, ...split.image(i)]);

Deno.test("dataset: a split in memory gives each image with its label", () => {
  assertEquals(contents(SPLIT), [[7, 1, 2], [8, 3, 4], [999, 5, 6]]);
  assertEquals(SPLIT.count, 3);
});

Deno.test("dataset: the first images of a split, or all that there are", () => {
  const first = firstImages(SPLIT, 2);
  assertEquals([contents(first), first.count], [[[7, 1, 2], [8, 3, 4]], 2]);
  assertStrictEquals(firstImages(SPLIT, 9), SPLIT);
  assertStrictEquals(firstImages(SPLIT, undefined), SPLIT);
});

Deno.test("dataset: the last images of a split", () => {
  const last = lastImages(SPLIT, 2);
  assertEquals([contents(last), last.count], [[[8, 3, 4], [999, 5, 6]], 2]);
  assertEquals(contents(lastImages(firstImages(SPLIT, 2), 1)), [[8, 3, 4]]);
  assertEquals(contents(lastImages(SPLIT, 3)), contents(SPLIT));
});
