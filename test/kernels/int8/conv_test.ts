import { assertEquals, assertThrows } from "@std/assert";
import { type Library, openLibrary } from "../../../lib/native/library.ts";
import { Tensor } from "../../../lib/native/tensor.ts";
import { call, integers, onEveryPath, operands, tensorOf } from "./fixture.ts";
import { outputs, products, type Shape } from "./reference.ts";

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
];

const geometry = (s: Shape): number[] => [s.n, s.h, s.w, s.c, s.k, s.kernel, s.stride, s.pad];

function check(library: Library, s: Shape, fill: (count: number) => number[]): void {
  const [oh, ow] = outputs(s);
  const x = fill(s.n * s.h * s.w * s.c);
  const w = fill(s.k * s.kernel * s.kernel * s.c);
  const dy = fill(s.n * oh * ow * s.k);
  const bias = [12345];
  const y = new Array<number>(dy.length).fill(bias[0]!);
  const dx = new Array<number>(x.length).fill(0);
  const dw = new Array<number>(w.length).fill(0);
  products(s, (i, j, o) => {
    y[o]! += x[i]! * w[j]!;
    dx[i]! += dy[o]! * w[j]!;
    dw[j]! += dy[o]! * x[i]!;
  });
  const tx = tensorOf(library, "int8", Int8Array.from(x), -8);
  const tw = tensorOf(library, "int8", Int8Array.from(w), -6);
  const tdy = tensorOf(library, "int8", Int8Array.from(dy), -3);
  const scalars = tensorOf(library, "int16", Int16Array.from(bias));
  const sums = new Tensor(library, "int32", y.length);
  const error = new Tensor(library, "int32", x.length);
  const gradient = new Tensor(library, "int32", w.length);
  const wide = new Tensor(library, "int64", w.length);
  onEveryPath(library, (what) => {
    call(library, "eoq_int8_conv_forward", tx, tw, scalars, 0, 1, sums, ...geometry(s));
    assertEquals([...sums.read(new Int32Array(y.length))], y, `forward, ${what}, ${geometry(s)}`);
    assertEquals(sums.exponent, -14);
    call(library, "eoq_int8_conv_backward_data", tdy, tw, error, ...geometry(s));
    assertEquals([...error.read(new Int32Array(x.length))], dx, `backward data, ${what}, ${geometry(s)}`);
    call(library, "eoq_int8_conv_backward_weights", tx, tdy, gradient, ...geometry(s));
    assertEquals([...gradient.read(new Int32Array(w.length))], dw, `backward weights, ${what}, ${geometry(s)}`);
    call(library, "eoq_int8_conv_backward_weights", tx, tdy, wide, ...geometry(s));
    assertEquals([...wide.read(new BigInt64Array(w.length))].map(Number), dw, `wide, ${what}, ${geometry(s)}`);
  });
  for (const tensor of [tx, tw, tdy, scalars, sums, error, gradient, wide]) tensor.close();
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

Deno.test("weight gradients pass int32 without loss, and refuse to where they cannot", async () => {
  using library = await openLibrary();
  const n = 40;
  const size = 64;
  const pixels = n * size * size; // 163,840 products of 127 * 127 pass 2^31
  const x = tensorOf(library, "int8", new Int8Array(pixels).fill(127));
  const dy = tensorOf(library, "int8", new Int8Array(pixels).fill(-127));
  const wide = new Tensor(library, "int64", 1);
  const narrow = new Tensor(library, "int32", 1);
  const shape = [n, size, size, 1, 1, 1, 1, 0];
  onEveryPath(library, (what) => {
    call(library, "eoq_int8_conv_backward_weights", x, dy, wide, ...shape);
    assertEquals(wide.read(new BigInt64Array(1))[0], -127n * 127n * BigInt(pixels), what);
  });
  assertThrows(() => call(library, "eoq_int8_conv_backward_weights", x, dy, narrow, ...shape), Error, "dw");
  for (const tensor of [x, dy, wide, narrow]) tensor.close();
});

Deno.test("a convolution names the argument that is wrong", async () => {
  using library = await openLibrary();
  const x = new Tensor(library, "int8", 16);
  const w = new Tensor(library, "int8", 9);
  const y = new Tensor(library, "int32", 16);
  const run = (...shape: number[]) => () => call(library, "eoq_int8_conv_forward", x, w, 0, -1, 0, y, ...shape);
  run(1, 4, 4, 1, 1, 3, 1, 1)();
  assertThrows(run(2, 4, 4, 1, 1, 3, 1, 1), Error, "x: has 16 elements, needs 32");
  assertThrows(run(1, 4, 4, 1, 2, 3, 1, 1), Error, "weights");
  assertThrows(run(1, 4, 4, 1, 1, 3, 0, 1), Error, "stride");
  assertThrows(run(1, 4, 4, 1, 1, 3, 1, 3), Error, "pad");
  assertThrows(run(-1, 4, 4, 1, 1, 3, 1, 1), Error, "n: -1");
  assertThrows(run(1 << 19, 1 << 19, 4, 1, 1, 3, 1, 1), Error, "pass 2^31");
  assertThrows(
    () => call(library, "eoq_int8_conv_forward", 99999, w, 0, -1, 0, y, 1, 4, 4, 1, 1, 3, 1, 1),
    Error,
    "x: 99999 is not a live tensor",
  );
  for (const tensor of [x, w, y]) tensor.close();
});
