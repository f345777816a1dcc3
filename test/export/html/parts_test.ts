import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { colours, grey, inkOf, placeDigit } from "../../../lib/export/html/page/images.js";
import {
  bytesText,
  NOTHING,
  RECENT,
  recentRight,
  shareText,
  withOutcome,
} from "../../../lib/export/html/page/progress.js";
import { readState, stateText } from "../../../lib/export/html/page/state_file.js";

/** A picture of one grey level a pixel, as browsers give it. */
function picture(levels: readonly (readonly [number, number, number])[]) {
  return { data: Uint8ClampedArray.from(levels.flatMap((level) => [...level, 255])) };
}

Deno.test("page: a picture's pixels as one channel and as three", () => {
  const levels = [[255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255], [0, 0, 0]] as const;
  assertEquals([...grey(picture(levels))], [255, 76, 150, 29, 0]);
  assertEquals([...colours(picture(levels))], levels.flat());
});

Deno.test("page: ink on paper is light on dark, whichever of them is the lighter", () => {
  const width = 9, height = 7, at = 3 * width + 4;
  for (const [paper, ink] of [[230, 30], [20, 240]] as const) {
    const pixels = new Uint8Array(width * height).fill(paper);
    pixels[at] = ink;
    pixels[at + 1] = paper + Math.sign(ink - paper) * 20; // a shadow
    const found = inkOf(pixels, width, height);
    assertEquals([found[at], found[at + 1], found[0]], [255, 0, 0]);
  }
  assertEquals([...inkOf(new Uint8Array(9).fill(100), 3, 3)], new Array(9).fill(0));
});

Deno.test("page: a digit is as large as MNIST's, its centre of mass in the middle", () => {
  const width = 100, height = 100, pixels = new Uint8Array(width * height);
  assertEquals(placeDigit(pixels, width, height, 28), null);
  // A bar of 10 x 40 pixels, and a foot of 10 x 10 at its right.
  for (let y = 50; y < 90; y++) for (let x = 5; x < 15; x++) pixels[y * width + x] = 255;
  for (let y = 80; y < 90; y++) for (let x = 15; x < 25; x++) pixels[y * width + x] = 255;
  const { from, to } = placeDigit(pixels, width, height, 28)!;
  assertEquals(from, { x: 5, y: 50, width: 20, height: 40 });
  assertAlmostEquals(to.height, 20, 1e-9);
  assertAlmostEquals(to.width, 10, 1e-9);
  // Of 400 pixels around (10, 70) and 100 around (20, 85): (12, 73), and half a pixel is 0.25 of the network's.
  assertAlmostEquals(to.x + 0.5 * (12 - 5), 14, 1e-9);
  assertAlmostEquals(to.y + 0.5 * (73 - 50), 14, 1e-9);
});

Deno.test("page: outcomes are counted, the last of them one by one", () => {
  let progress = NOTHING;
  for (let i = 0; i < RECENT + 5; i++) progress = withOutcome(progress, i % 5 > 0);
  assertEquals([progress.seen, progress.right, progress.outcomes.length], [RECENT + 5, 20, RECENT]);
  assertEquals(recentRight(progress), 16);
  assertEquals([shareText(0, 0), shareText(16, 20)], ["-", "16 of 20 (80 %)"]);
  assertEquals([bytesText(1), bytesText(262_144), bytesText(3_080_192)], ["1 KiB", "256 KiB", "2.9 MiB"]);
});

Deno.test("page: a state file comes back the same, and what is none is refused in a line", () => {
  const about = { model: "lenet", names: ["a", "b"] }, state = Uint8Array.from({ length: 999 }, (_, i) => i % 256);
  const progress = withOutcome(NOTHING, true), text = stateText(state, ["no", "yes"], progress, about);
  assertEquals(readState(text, about), { names: ["no", "yes"], progress, state });
  const changed = (change: Record<string, unknown>) => JSON.stringify({ ...JSON.parse(text), ...change });
  const cases: [string, string][] = [
    ["", "no state that this page saved"],
    ["null", "no state that this page saved"],
    [changed({ kind: "other" }), "no state that this page saved"],
    [changed({ model: "mlp" }), "another network"],
    [changed({ names: ["one"] }), "another network"],
    [changed({ names: [1, 2] }), "another network"],
    [changed({ progress: { seen: 1, right: 2, outcomes: "1" } }), "another network"],
    [changed({ progress: { seen: 1, right: 1, outcomes: "x" } }), "another network"],
    [changed({ state: "?" }), "damaged"],
  ];
  for (const [each, words] of cases) {
    const { message } = assertThrows(() => readState(each, about), Error);
    assert(message.includes(words) && !message.includes("\n"), `${each}: ${message}`);
  }
});
