import { assertEquals } from "@std/assert";
import { openLibrary } from "../../../lib/native/library.ts";
import { Tensor } from "../../../lib/native/tensor.ts";
import { shaped } from "../shapes.ts";
import { integers, onEveryPath, operands, tensorOf } from "./fixture.ts";
import { outputs, products, type Shape } from "./reference.ts";

/** Images enough to be interleaved, to be left over, and for a chunk a thread. */
const SHAPES: Shape[] = [
  { n: 8, h: 5, w: 6, c: 16, k: 16, kernel: 3, stride: 1, pad: 1 },
  { n: 7, h: 4, w: 3, c: 33, k: 15, kernel: 3, stride: 1, pad: 1 },
  { n: 25, h: 4, w: 5, c: 3, k: 16, kernel: 3, stride: 1, pad: 1 },
  { n: 9, h: 6, w: 5, c: 2, k: 18, kernel: 5, stride: 2, pad: 2 },
  { n: 6, h: 7, w: 6, c: 16, k: 6, kernel: 1, stride: 2, pad: 0 },
  { n: 34, h: 1, w: 1, c: 64, k: 10, kernel: 1, stride: 1, pad: 0 },
  { n: 5, h: 4, w: 1, c: 16, k: 3, kernel: 5, stride: 1, pad: 2 },
];

Deno.test("weight gradients of many images equal their definition on every path and thread count", async () => {
  using library = await openLibrary();
  const next = integers(9);
  for (const s of SHAPES) {
    const [oh, ow] = outputs(s);
    const x = operands(next, s.n * s.h * s.w * s.c), dy = operands(next, s.n * oh * ow * s.k);
    const dw = new Array<number>(s.k * s.kernel * s.kernel * s.c).fill(0);
    products(s, (i, j, o) => dw[j]! += dy[o]! * x[i]!);
    const tx = tensorOf(library, "int8", Int8Array.from(x)), tdy = tensorOf(library, "int8", Int8Array.from(dy));
    const narrow = new Tensor(library, "int32", dw.length), wide = new Tensor(library, "int64", dw.length);
    const geometry = [s.n, s.h, s.w, s.c, s.k, s.kernel, s.stride, s.pad] as const;
    const shape = shaped(library, ...geometry);
    onEveryPath(library, (what) => {
      narrow.write(new Int32Array(dw.length).fill(-1));
      library.call("int8_conv_backward_weights", { x: tx, dy: tdy, fine: undefined, dw: narrow, ...shape });
      assertEquals([...narrow.read(new Int32Array(dw.length))], dw, `${what}, ${geometry}`);
      library.call("int8_conv_backward_weights", { x: tx, dy: tdy, fine: undefined, dw: wide, ...shape });
      assertEquals([...wide.read(new BigInt64Array(dw.length))].map(Number), dw, `wide, ${what}, ${geometry}`);
    });
    for (const tensor of [tx, tdy, narrow, wide]) tensor.close();
  }
});
