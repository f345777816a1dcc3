import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { uniformSource } from "../../../lib/exec/fp32/random.ts";
import { openLibrary } from "../../../lib/native/library.ts";
import { Convolutions, elements } from "./convolutions.ts";
import type { Shape } from "./reference.ts";

/** Products that the scalar path multiplies in a moment. */
const MOST_PRODUCTS = 3_000_000;

const MOST_CHANNELS = 70;

const channels = fc.oneof(fc.integer({ min: 1, max: MOST_CHANNELS }), fc.constantFrom(1, 3, 4, 16, 32, 64));

const shapes = fc.record({
  n: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(8, 13)),
  h: fc.integer({ min: 1, max: 18 }),
  w: fc.oneof(fc.integer({ min: 1, max: 18 }), fc.integer({ min: 1, max: 70 })),
  c: channels,
  k: channels,
  kernel: fc.constantFrom(1, 2, 3, 3, 5, 7),
  stride: fc.integer({ min: 1, max: 3 }),
  pad: fc.integer({ min: 0, max: 3 }),
}).map((s): Shape => ({ ...s, pad: Math.min(s.pad, s.kernel - 1) })).filter((s) =>
  s.h + 2 * s.pad >= s.kernel && s.w + 2 * s.pad >= s.kernel &&
  elements(s).y * s.kernel * s.kernel * s.c <= MOST_PRODUCTS
);

/** How the elements of an operand are drawn. */
const FILLS: Readonly<Record<string, (source: () => number) => number>> = {
  random: (source) => Math.floor(source() * 255) - 127,
  "+-127": (source) => source() < 0.5 ? -127 : 127,
  "127": () => 127,
  "-127": () => -127,
  zeros: () => 0,
};

const fills = fc.constantFrom(...Object.keys(FILLS));

const layers = fc.record({
  shape: shapes,
  x: fills,
  w: fills,
  dy: fills,
  biases: fc.constantFrom(0, 1, MOST_CHANNELS),
  threads: fc.integer({ min: 1, max: 3 }),
  seed: fc.nat(),
});

Deno.test("convolutions of random shapes and values are those of the scalar path on every path", async () => {
  using library = await openLibrary();
  const paths = library.isaPaths().filter((path) => path.built && path.supported).map((path) => path.name);
  fc.assert(
    fc.property(layers, ({ shape, x, w, dy, biases, threads, seed }) => {
      const source = uniformSource(seed, 0);
      const draw = (count: number, fill: string) => Array.from({ length: count }, () => FILLS[fill]!(source));
      const count = elements(shape);
      const bias = draw(Math.min(biases, shape.k), "random").map((value) => 250 * value);
      const operands = { x: draw(count.x, x), w: draw(count.w, w), dy: draw(count.y, dy), bias };
      using convolutions = new Convolutions(library, shape, operands);
      library.setThreads(1);
      library.selectIsa("scalar");
      const expected = convolutions.run();
      library.setThreads(threads);
      for (const path of paths) {
        library.selectIsa(path);
        assertEquals(convolutions.run(), expected, path);
      }
    }),
    { numRuns: 60 },
  );
});
