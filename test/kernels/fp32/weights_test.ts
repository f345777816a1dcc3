import { assertEquals } from "@std/assert";
import { uniformSource } from "../../../lib/exec/fp32/random.ts";
import { Fixture } from "../fixture.ts";
import { shaped } from "../shapes.ts";
import { randomValues, read } from "./fixture.ts";
import { outputOf, type Shape } from "./reference.ts";

/** Images for one and for several chunks; runs that threads cut finer; operands that are packed and not, and in points. */
const SHAPES: Shape[] = [
  { n: 3, h: 5, w: 6, c: 16, k: 17, kernel: 3, stride: 1, pad: 1 },
  { n: 19, h: 4, w: 5, c: 32, k: 9, kernel: 3, stride: 1, pad: 1 },
  { n: 20, h: 5, w: 5, c: 3, k: 16, kernel: 3, stride: 1, pad: 1 },
  { n: 19, h: 8, w: 9, c: 64, k: 32, kernel: 3, stride: 1, pad: 1 },
  { n: 2, h: 17, w: 15, c: 32, k: 48, kernel: 3, stride: 1, pad: 1 },
  { n: 16, h: 6, w: 5, c: 5, k: 6, kernel: 3, stride: 2, pad: 1 },
];

Deno.test("any number of threads writes the same weight gradients on every path", async () => {
  using fixture = await Fixture.open();
  for (const shape of SHAPES) {
    const { n, h, w, c, k, kernel, stride, pad } = shape;
    const { oh, ow } = outputOf(shape);
    const source = uniformSource(3, 0);
    const x = fixture.tensor(randomValues(source, n * h * w * c));
    const dy = fixture.tensor(randomValues(source, n * oh * ow * k));
    const dw = fixture.zeros(k * kernel * kernel * c);
    const run = (threads: number) => {
      fixture.library.setThreads(threads);
      dw.write(new Float32Array(dw.count).fill(NaN));
      const geometry = shaped(fixture.library, n, h, w, c, k, kernel, stride, pad);
      fixture.call("fp32_conv_backward_weights", { x, dy, dweights: dw, ...geometry });
      return read(dw);
    };
    for (const path of fixture.paths) {
      fixture.library.selectIsa(path);
      const alone = run(1);
      for (const threads of [2, 3, 4]) {
        assertEquals(run(threads), alone, `${path}, ${threads} threads, ${JSON.stringify(shape)}`);
      }
    }
    fixture.clear();
  }
});
