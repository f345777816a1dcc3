import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { uniformSource } from "../../../lib/exec/fp32/random.ts";
import { Fixture } from "../fixture.ts";
import { shaped } from "../shapes.ts";
import { assertWithin, randomValues, read, ROUNDOFF } from "./fixture.ts";
import { maxPool, outputOf, type Shape } from "./reference.ts";

const shapes = fc.record({
  n: fc.integer({ min: 1, max: 3 }),
  h: fc.integer({ min: 1, max: 8 }),
  w: fc.integer({ min: 1, max: 8 }),
  c: fc.constantFrom(1, 3, 16, 33),
  kernel: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 3 }),
  pad: fc.integer({ min: 0, max: 3 }),
}).filter(({ h, w, kernel, pad }) => pad < kernel && Math.min(h, w) + 2 * pad >= kernel)
  .map((shape): Shape => ({ ...shape, k: shape.c }));

Deno.test("max pool and its gradient on every path", async () => {
  using fixture = await Fixture.open();
  fc.assert(
    fc.property(shapes, fc.nat(), (shape, seed) => {
      const { n, h, w, c, kernel, stride, pad } = shape, { oh, ow } = outputOf(shape);
      const source = uniformSource(seed, 7), geometry = shaped(fixture.library, n, h, w, c, c, kernel, stride, pad);
      // A few values only, so that windows have several largest ones.
      const x = randomValues(source, n * h * w * c).map((value) => Math.round(3 * value) / 4);
      const { y, from } = maxPool(x, shape);
      const dy = randomValues(source, n * oh * ow * c), dx = new Float64Array(x.length);
      from.forEach((at, i) => dx[at]! += dy[i]!);
      for (const path of fixture.paths) {
        fixture.library.selectIsa(path);
        const what = `${path} ${JSON.stringify(shape)}`;
        const result = fixture.tensor(new Float32Array(dy.length).fill(NaN)), alone = fixture.zeros(dy.length);
        const places = fixture.zeros(dy.length, "uint8"), gradient = fixture.tensor(new Float32Array(x.length).fill(9));
        fixture.call("fp32_max_pool_forward", { x: fixture.tensor(x), y: result, places, ...geometry });
        fixture.call("fp32_max_pool_forward", { x: fixture.tensor(x), y: alone, places: undefined, ...geometry });
        fixture.call("fp32_max_pool_backward", { dy: fixture.tensor(dy), places, dx: gradient, ...geometry });
        assertEquals(Float64Array.from(read(result)), y, what);
        assertEquals(read(alone), read(result), what);
        // At most kernel^2 windows share a pixel, each with an error below 1.
        assertWithin(read(gradient), dx, () => kernel ** 4 * ROUNDOFF, what);
        fixture.clear();
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("max pool keeps what is not a number, and infinities", async () => {
  using fixture = await Fixture.open();
  for (const path of fixture.paths) {
    fixture.library.selectIsa(path);
    for (
      const [values, largest] of [[[1, NaN, 3, 2], NaN], [[-Infinity, -Infinity, -Infinity, -Infinity], -Infinity]]
    ) {
      const y = fixture.zeros(1), places = fixture.zeros(1, "uint8");
      const x = fixture.tensor(values as number[]);
      fixture.call("fp32_max_pool_forward", { x, y, places, ...shaped(fixture.library, 1, 2, 2, 1, 1, 2, 2) });
      assertEquals([...read(y)], [largest as number], path);
    }
  }
});
