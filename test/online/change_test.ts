import { assertEquals, assertThrows } from "@std/assert";
import { changedImage, changedStream } from "../../lib/online/change.ts";
import type { Stream } from "../../lib/online/stream.ts";
import { UserError } from "../../lib/errors.ts";
import type { StreamChange, TURNS } from "../../lib/train/online_state.ts";

const shape = { height: 3, width: 3, channels: 2 };
/** Pixels count up, the second channel 100 above the first. */
const image = Uint8Array.from({ length: 18 }, (_, i) => (i >> 1) + 100 * (i & 1));

/** The first channel, row by row; the second must follow it. */
function rows(pixels: Uint8Array, padding: number): number[][] {
  const first = Array.from({ length: 9 }, (_, i) => pixels[2 * i]!);
  const second = Array.from({ length: 9 }, (_, i) => pixels[2 * i + 1]!);
  assertEquals(second, first.map((value) => value === padding ? padding : value + 100));
  return [first.slice(0, 3), first.slice(3, 6), first.slice(6)];
}

Deno.test("change: a quarter turn is clockwise, and four of them are none", () => {
  const turn = (pixels: Uint8Array, rotate: typeof TURNS[number]) =>
    changedImage(pixels, shape, { rotate, shift: [0, 0] }, 77);
  assertEquals(rows(turn(image, 90), 77), [[6, 3, 0], [7, 4, 1], [8, 5, 2]]);
  assertEquals(turn(turn(image, 90), 90), turn(image, 180));
  assertEquals(turn(turn(image, 90), 180), turn(image, 270));
  assertEquals(turn(turn(image, 90), 270), image);
  assertEquals(turn(image, 0), image);
});

Deno.test("change: a shift moves down and to the right, or up and to the left, and pads", () => {
  const move = (down: number, right: number) =>
    rows(changedImage(image, shape, { rotate: 0, shift: [down, right] }, 77), 77);
  assertEquals(move(1, 0), [[77, 77, 77], [0, 1, 2], [3, 4, 5]]);
  assertEquals(move(-1, 2), [[77, 77, 3], [77, 77, 6], [77, 77, 77]]);
  const both = changedImage(image, shape, { rotate: 180, shift: [0, 1] }, 77);
  assertEquals(rows(both, 77), [[77, 8, 7], [77, 5, 4], [77, 2, 1]]);
});

/** Images of one class each, but for one that is broken. */
function stream(count: number, broken: number): Stream {
  const entries = Array.from({ length: count }, (_, i) => ({
    key: `${i}`,
    read: () =>
      Promise.resolve(i === broken ? { kind: "broken" as const, message: "no" } : { pixels: image, label: i }),
  }));
  return { count, entries: () => entries };
}

Deno.test("change: a stream changes from one image on, and keeps its keys and faults", async () => {
  const change = { rotate: 180, shift: [0, 0], from: 2 } as const;
  const changed = changedStream(stream(5, 3), shape, change, 0);
  assertEquals(changed.count, 5);
  const seen = [];
  for await (const { key, read } of changed.entries()) {
    const item = await read();
    seen.push([key, "kind" in item ? item.message : item.pixels[0]]);
  }
  assertEquals(seen, [["0", 0], ["1", 0], ["2", 8], ["3", "no"], ["4", 8]]);
});

Deno.test("change: what leaves nothing of an image, or turns one that is not square, is refused", () => {
  const refused = (width: number, change: StreamChange, message: string) =>
    assertThrows(() => changedStream(stream(1, -1), { ...shape, width }, change, 0), UserError, message);
  refused(4, { rotate: 90, shift: [0, 0], from: 0 }, "--rotate: images of 3x4");
  refused(3, { rotate: 0, shift: [3, 0], from: 0 }, "--shift: 3,0 leaves nothing");
  refused(3, { rotate: 0, shift: [0, -3], from: 0 }, "--shift: 0,-3 leaves nothing");
  changedStream(stream(1, -1), { ...shape, width: 4 }, { rotate: 180, shift: [2, -3], from: 0 }, 0);
});
