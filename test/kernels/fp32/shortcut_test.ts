import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { uniformSource } from "../../../lib/exec/fp32/random.ts";
import { Fixture } from "../fixture.ts";
import { shaped } from "../shapes.ts";
import { centralDifferences, dot } from "./differences.ts";
import { assertWithin, randomValues, read, ROUNDOFF } from "./fixture.ts";
import { outputOf, type Shape, shortcut } from "./reference.ts";

const shapes = fc.record({
  n: fc.integer({ min: 1, max: 2 }),
  h: fc.integer({ min: 1, max: 7 }),
  w: fc.integer({ min: 1, max: 7 }),
  c: fc.constantFrom(1, 3, 16),
  appended: fc.constantFrom(0, 1, 16),
  stride: fc.integer({ min: 1, max: 2 }),
}).map(({ appended, ...shape }): Shape => ({ ...shape, k: shape.c + appended, kernel: 1, pad: 0 }));

Deno.test("shortcut and its gradient on every path", async () => {
  using fixture = await Fixture.open();
  fc.assert(
    fc.property(shapes, fc.nat(), (shape, seed) => {
      const { n, h, w, c, k, stride } = shape, { oh, ow } = outputOf(shape);
      const source = uniformSource(seed, 0);
      const x = randomValues(source, n * h * w * c), dy = randomValues(source, n * oh * ow * k);
      const before = randomValues(source, x.length);
      // Linear in x: central differences with step 1 are exact up to rounding.
      const dx = centralDifferences((each) => dot(shortcut(each, shape), dy), x, 1).map((g, i) => before[i]! + g);
      for (const path of fixture.paths) {
        fixture.library.selectIsa(path);
        const y = fixture.tensor(new Float32Array(dy.length).fill(NaN)), gradient = fixture.tensor(before);
        const geometry = shaped(fixture.library, n, h, w, c, k, 1, stride);
        fixture.call("fp32_shortcut_forward", { x: fixture.tensor(x), y, ...geometry });
        fixture.call("fp32_shortcut_backward", { dy: fixture.tensor(dy), dx: gradient, ...geometry });
        assertEquals(Float64Array.from(read(y)), shortcut(x, shape));
        // One addition of numbers below 1 each.
        assertWithin(read(gradient), dx, () => 2 * ROUNDOFF, `${path} ${JSON.stringify(shape)}`);
        fixture.clear();
      }
    }),
    { numRuns: 40 },
  );
});
