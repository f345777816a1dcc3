import { assertEquals, assertNotEquals } from "@std/assert";
import { uniformSource } from "../../../lib/exec/fp32/random.ts";
import { Fixture } from "../fixture.ts";
import { products } from "../int8/reference.ts";
import { shaped } from "../shapes.ts";
import { assertWithin, randomValues, read, ROUNDOFF } from "./fixture.ts";

/** Images, rows, columns and channels of either side; all but the last pay in points on every vector path of x86. */
const SHAPES = [
  { n: 2, h: 16, w: 16, c: 32, k: 32 },
  { n: 11, h: 8, w: 8, c: 64, k: 32 },
  { n: 3, h: 28, w: 27, c: 16, k: 48 },
  { n: 1, h: 6, w: 6, c: 64, k: 64 },
];

/** Operands with zeros for `more` output channels behind the others, whose gradients come first. */
function gradients(fixture: Fixture, { n, h, w, c, k }: typeof SHAPES[number], more: number) {
  const source = uniformSource(11, 0);
  const x = randomValues(source, n * h * w * c), dy = randomValues(source, n * h * w * k);
  const all = k + more, wide = new Float64Array(n * h * w * all);
  for (let i = 0; i < dy.length; i++) wide[Math.floor(i / k) * all + i % k] = dy[i]!;
  const tensors = { x: fixture.tensor(x), dy: fixture.tensor(wide), dweights: fixture.zeros(all * 9 * c) };
  fixture.call("fp32_conv_backward_weights", { ...tensors, ...shaped(fixture.library, n, h, w, c, all, 3, 1, 1) });
  const dw = read(tensors.dweights).subarray(0, k * 9 * c);
  fixture.clear();
  return { x, dy, dw };
}

Deno.test("gradients in points are as near as any sum in fp32, and are rounded like no direct one", async () => {
  using fixture = await Fixture.open();
  const vectors = Deno.build.arch === "x86_64" ? fixture.paths.filter((path) => path !== "scalar") : [];
  for (const path of fixture.paths) {
    fixture.library.selectIsa(path);
    for (const shape of SHAPES) {
      const what = `${path} ${JSON.stringify(shape)}`;
      const { x, dy, dw } = gradients(fixture, shape, 0), direct = gradients(fixture, shape, 1).dw;
      // A run that is no multiple of a vector's lanes is summed directly, in the same order as any other.
      if (vectors.includes(path) && shape !== SHAPES.at(-1)) assertNotEquals(dw, direct, what);
      else assertEquals(dw, direct, what);
      const exact = new Float64Array(dw.length), scale = new Float64Array(dw.length);
      products({ ...shape, kernel: 3, stride: 1, pad: 1 }, (i, j, o) => {
        exact[j]! += x[i]! * dy[o]!;
        scale[j]! += Math.abs(x[i]! * dy[o]!);
      });
      const terms = shape.n * shape.h * shape.w;
      assertWithin(dw, exact, (i) => (terms + 1) * ROUNDOFF * scale[i]!, what);
    }
  }
});
