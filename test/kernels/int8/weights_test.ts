import { assertEquals } from "@std/assert";
import { openLibrary } from "../../../lib/native/library.ts";
import { Tensor } from "../../../lib/native/tensor.ts";
import { shaped } from "../shapes.ts";
import { integers, onEveryPath, operands, tensorOf } from "./fixture.ts";
import { outputs, products, type Shape } from "./reference.ts";

/** Images enough to be interleaved, to be left over, and for a chunk a thread; then those that pay in points. */
const SHAPES: Shape[] = [
  { n: 8, h: 5, w: 6, c: 16, k: 16, kernel: 3, stride: 1, pad: 1 },
  { n: 7, h: 4, w: 3, c: 33, k: 15, kernel: 3, stride: 1, pad: 1 },
  { n: 25, h: 4, w: 5, c: 3, k: 16, kernel: 3, stride: 1, pad: 1 },
  { n: 9, h: 6, w: 5, c: 2, k: 18, kernel: 5, stride: 2, pad: 2 },
  { n: 6, h: 7, w: 6, c: 16, k: 6, kernel: 1, stride: 2, pad: 0 },
  { n: 34, h: 1, w: 1, c: 64, k: 10, kernel: 1, stride: 1, pad: 0 },
  { n: 5, h: 4, w: 1, c: 16, k: 3, kernel: 5, stride: 1, pad: 2 },
  { n: 33, h: 8, w: 8, c: 32, k: 64, kernel: 3, stride: 1, pad: 1 },
  { n: 1, h: 41, w: 49, c: 32, k: 48, kernel: 3, stride: 1, pad: 1 },
  { n: 40, h: 9, w: 7, c: 16, k: 32, kernel: 3, stride: 1, pad: 1 },
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

Deno.test("weight gradients of more images than a group in points may have are exact where all operands are extremes", async () => {
  using library = await openLibrary();
  const n = 40, h = 8, w = 8, c = 64, k = 64, geometry = shaped(library, n, h, w, c, k, 3, 1, 1);
  const dw = new Tensor(library, "int32", k * 9 * c);
  for (const error of [127, -127]) {
    const x = tensorOf(library, "int8", new Int8Array(n * h * w * c).fill(127));
    const dy = tensorOf(library, "int8", new Int8Array(n * h * w * k).fill(error));
    const taps = Array.from({ length: 9 }, (_, i) => (h - Number(Math.floor(i / 3) !== 1)) * (w - Number(i % 3 !== 1)));
    const expected = Array.from({ length: dw.count }, (_, i) => n * taps[Math.floor(i / c) % 9]! * 127 * error);
    onEveryPath(library, (what) => {
      library.call("int8_conv_backward_weights", { x, dy, fine: undefined, dw, ...geometry });
      assertEquals([...dw.read(new Int32Array(dw.count))], expected, `${what}, 127 times ${error}`);
    });
    for (const tensor of [x, dy]) tensor.close();
  }
  dw.close();
});
