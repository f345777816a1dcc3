import { assertEquals, assertThrows } from "@std/assert";
import { RunError } from "../../../lib/errors.ts";
import { type Library, openLibrary } from "../../../lib/native/library.ts";
import { Tensor } from "../../../lib/native/tensor.ts";
import { deadTensor } from "../dead_tensor.ts";
import { shaped } from "../shapes.ts";
import { Convolutions, elements, EXPONENTS, type Operands, type Products } from "./convolutions.ts";
import { integers, onEveryPath, operands, tensorOf } from "./fixture.ts";
import { products, quantize, type Shape } from "./reference.ts";

const SHAPES: Shape[] = [
  { n: 2, h: 5, w: 7, c: 1, k: 16, kernel: 3, stride: 1, pad: 1 },
  { n: 3, h: 6, w: 5, c: 3, k: 5, kernel: 3, stride: 2, pad: 1 },
  { n: 1, h: 7, w: 7, c: 16, k: 33, kernel: 3, stride: 1, pad: 1 },
  { n: 2, h: 8, w: 9, c: 17, k: 20, kernel: 3, stride: 2, pad: 1 },
  { n: 5, h: 1, w: 1, c: 64, k: 10, kernel: 1, stride: 1, pad: 0 },
  { n: 2, h: 9, w: 8, c: 5, k: 7, kernel: 1, stride: 2, pad: 0 },
  { n: 1, h: 13, w: 11, c: 2, k: 4, kernel: 7, stride: 3, pad: 3 },
  { n: 1, h: 3, w: 31, c: 4, k: 32, kernel: 5, stride: 1, pad: 2 },
  { n: 1, h: 1, w: 1, c: 1, k: 1, kernel: 1, stride: 1, pad: 0 },
  // Ten images, rows and tiles that are odd, columns of a single pixel.
  { n: 10, h: 4, w: 9, c: 8, k: 13, kernel: 3, stride: 1, pad: 1 },
  { n: 8, h: 5, w: 1, c: 16, k: 11, kernel: 3, stride: 1, pad: 1 },
  { n: 17, h: 3, w: 7, c: 24, k: 8, kernel: 3, stride: 2, pad: 1 },
  // Of ImageNet networks: a stem, and bottlenecks into and out of many channels.
  { n: 2, h: 15, w: 14, c: 3, k: 8, kernel: 7, stride: 2, pad: 3 },
  { n: 1, h: 2, w: 3, c: 2048, k: 9, kernel: 1, stride: 1, pad: 0 },
  { n: 1, h: 3, w: 4, c: 10, k: 2048, kernel: 1, stride: 2, pad: 0 },
  // So many channels that paths multiply in points, in tiles that the image fills, or nearly.
  { n: 1, h: 8, w: 8, c: 64, k: 64, kernel: 3, stride: 1, pad: 1 },
  { n: 1, h: 4, w: 7, c: 128, k: 80, kernel: 3, stride: 1, pad: 1 },
  // The same of so many images that it pays on every path.
  { n: 8, h: 8, w: 8, c: 128, k: 64, kernel: 3, stride: 1, pad: 1 },
  // Of many pixels, whose divisors are small, large, or none.
  { n: 2, h: 20, w: 16, c: 40, k: 70, kernel: 1, stride: 1, pad: 0 },
  { n: 3, h: 19, w: 29, c: 12, k: 17, kernel: 1, stride: 1, pad: 0 },
  { n: 1, h: 1, w: 521, c: 5, k: 6, kernel: 1, stride: 1, pad: 0 },
  // Whose even and odd columns are written together: in one tile and several, of one and two vectors, to an odd end or not.
  { n: 1, h: 1, w: 2, c: 16, k: 4, kernel: 3, stride: 2, pad: 1 },
  { n: 2, h: 5, w: 33, c: 48, k: 8, kernel: 3, stride: 2, pad: 1 },
  { n: 1, h: 4, w: 18, c: 32, k: 16, kernel: 3, stride: 2, pad: 1 },
];

/** The products as their definition. */
function definition(s: Shape, { x, w, dy, bias }: Operands): Products {
  const y = dy.map((_, i) => bias[i % bias.length] ?? 0);
  const dx = x.map(() => 0);
  const dw = w.map(() => 0);
  products(s, (i, j, o) => {
    y[o]! += x[i]! * w[j]!;
    dx[i]! += dy[o]! * w[j]!;
    dw[j]! += dy[o]! * x[i]!;
  });
  const rounded = (v: number[], exponent: number) => quantize({ v: v.map(BigInt), exponent });
  return {
    y,
    dx,
    dw,
    quantizedY: rounded(y, EXPONENTS.x + EXPONENTS.w),
    quantizedDx: rounded(dx, EXPONENTS.dy + EXPONENTS.w),
  };
}

function check(library: Library, shape: Shape, fill: (count: number) => number[]): void {
  const { x, w, y } = elements(shape);
  const operands = { x: fill(x), w: fill(w), dy: fill(y), bias: shape.k % 2 === 0 ? [12345] : fill(shape.k) };
  const expected = definition(shape, operands);
  using convolutions = new Convolutions(library, shape, operands);
  onEveryPath(library, (what) => assertEquals(convolutions.run(), expected, `${what}, ${JSON.stringify(shape)}`));
}

Deno.test("convolutions equal their definition on every path and thread count", async () => {
  using library = await openLibrary();
  const next = integers(1);
  for (const shape of SHAPES) check(library, shape, (count) => operands(next, count));
});

Deno.test("convolutions are exact where all operands are +-127", async () => {
  using library = await openLibrary();
  const shape = { n: 3, h: 8, w: 8, c: 16, k: 16, kernel: 3, stride: 1, pad: 1 };
  for (const sign of [1, -1]) {
    let i = 0;
    check(library, shape, (count) => new Array<number>(count).fill(i++ === 0 ? 127 * sign : 127));
  }
});

Deno.test("a sum of as many products as may be is exact, and more are refused", async () => {
  using library = await openLibrary();
  const most = 65536;
  const sum = new Tensor(library, "int32", 1);
  for (const sign of [1, -1]) {
    const [many, weights] = [127, 127 * sign].map((q) =>
      tensorOf(library, "int8", new Int8Array(most + 1).fill(q))
    ) as [Tensor, Tensor];
    const forward = (c: number) =>
      library.call("int8_conv_forward", {
        x: many,
        weights,
        scalars: undefined,
        bias: -1,
        biases: 0,
        y: sum,
        ...shaped(library, 1, 1, 1, c, 1),
      });
    const backward = (k: number) =>
      library.call("int8_conv_backward_data", {
        dy: many,
        fine: undefined,
        weights,
        fine_sums: undefined,
        dx: sum,
        ...shaped(library, 1, 1, 1, 1, k),
      });
    for (const products of [forward, backward]) {
      onEveryPath(library, (what) => {
        products(most);
        assertEquals(sum.read(new Int32Array(1))[0], sign * most * 127 * 127, what);
      });
      assertThrows(() => products(most + 1), RunError, "65537");
    }
    for (const tensor of [many, weights]) tensor.close();
  }
  sum.close();
});

Deno.test("weight gradients pass int32 without loss, and refuse to where they cannot", async () => {
  using library = await openLibrary();
  const n = 40;
  const size = 64;
  const pixels = n * size * size; // 163,840 products of 127 * 127 pass 2^31
  const x = tensorOf(library, "int8", new Int8Array(pixels).fill(127));
  const dy = tensorOf(library, "int8", new Int8Array(pixels).fill(-127));
  const wide = new Tensor(library, "int64", 1);
  const narrow = new Tensor(library, "int32", 1);
  const shape = shaped(library, n, size, size, 1, 1);
  onEveryPath(library, (what) => {
    library.call("int8_conv_backward_weights", { x, dy, fine: undefined, dw: wide, ...shape });
    assertEquals(wide.read(new BigInt64Array(1))[0], -127n * 127n * BigInt(pixels), what);
  });
  assertThrows(
    () => library.call("int8_conv_backward_weights", { x, dy, fine: undefined, dw: narrow, ...shape }),
    Error,
    "dw",
  );
  for (const tensor of [x, dy, wide, narrow]) tensor.close();
});

Deno.test("a convolution names the argument that is wrong", async () => {
  using library = await openLibrary();
  const x = new Tensor(library, "int8", 16);
  const w = new Tensor(library, "int8", 9);
  const y = new Tensor(library, "int32", 16);
  type Sizes = Parameters<typeof shaped> extends [unknown, ...infer R] ? R : never;
  const run = (...sizes: Sizes) => () =>
    library.call("int8_conv_forward", {
      x,
      weights: w,
      scalars: undefined,
      bias: -1,
      biases: 0,
      y,
      ...shaped(library, ...sizes),
    });
  run(1, 4, 4, 1, 1, 3, 1, 1)();
  assertThrows(run(2, 4, 4, 1, 1, 3, 1, 1), Error, "x: has 16 elements, needs 32");
  assertThrows(run(1, 4, 4, 1, 2, 3, 1, 1), Error, "weights");
  assertThrows(run(1, 4, 4, 1, 1, 3, 0, 1), Error, "stride");
  assertThrows(run(1, 4, 4, 1, 1, 3, 1, 3), Error, "pad");
  assertThrows(run(-1, 4, 4, 1, 1, 3, 1, 1), Error, "n: -1");
  assertThrows(run(1 << 19, 1 << 19, 4, 1, 1, 3, 1, 1), Error, "pass 2^31");
  const gone = deadTensor(library, "int8", 16);
  assertThrows(
    () =>
      library.call("int8_conv_forward", {
        x: gone,
        weights: w,
        scalars: undefined,
        bias: -1,
        biases: 0,
        y,
        ...shaped(library, 1, 4, 4, 1, 1, 3, 1, 1),
      }),
    Error,
    `x: ${gone.handle} is not a live tensor`,
  );
  for (const tensor of [x, w, y]) tensor.close();
});
