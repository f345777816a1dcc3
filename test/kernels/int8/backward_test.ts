import { assertEquals } from "@std/assert";
import { openLibrary } from "../../../lib/native/library.ts";
import { Tensor } from "../../../lib/native/tensor.ts";
import { NEAREST } from "../../../lib/native/words.ts";
import { shaped } from "../shapes.ts";
import { int8, integers, onEveryPath, operands, quantized, randomMask, tensorOf } from "./fixture.ts";
import { quantize, scale } from "./reference.ts";

const total = (values: readonly bigint[]) => values.reduce((sum, v) => sum + v, 0n);
const magnitudeBits = (values: readonly bigint[]) =>
  values.reduce((most, v) => Math.max(most, v === 0n ? 0 : (v < 0n ? -v : v).toString(2).length), 0);

Deno.test("errors pass ReLUs and block inputs as defined", async () => {
  using library = await openLibrary();
  const next = integers(5);
  // A shortcut's error in coarser steps than the sums it joins, in finer ones, in far coarser ones, and in far finer ones.
  const joins = [[1, 6, -9], [2, 6, -9], [2, 9, -24], [1, 9, -24], [1, 6, 2], [1, 6, -24], [1, 6, -60]] as const;
  for (const [stride, k, coarse] of joins) {
    const [n, h, w, c] = [3, 7, 9, 6];
    const [oh, ow] = [Math.ceil(h / stride), Math.ceil(w / stride)];
    const count = n * h * w * c;
    const du = Array.from({ length: count }, () => BigInt(next(-(2 ** 22), 2 ** 22)));
    const dr = { q: operands(next, n * oh * ow * k), exponent: coarse };
    const { keep, words } = randomMask(next, count);
    const activated = quantize({ v: du.map((v, i) => v * keep[i]!), exponent: -20 });

    const other = du.map((_, i) => {
      const [channel, x, y] = [i % c, Math.floor(i / c) % w, Math.floor(i / c / w) % h];
      if (x % stride !== 0 || y % stride !== 0) return 0n;
      return BigInt(dr.q[((Math.floor(i / c / w / h) * oh + y / stride) * ow + x / stride) * k + channel]!);
    });
    const exponent = coarse >= -20 && coarse <= 0
      ? -20
      : Math.max(-20 + magnitudeBits(du), dr.exponent + magnitudeBits(dr.q.map(BigInt))) - 28;
    const joined = du.map((v, i) => scale(v, exponent + 20) + scale(other[i]!, exponent - dr.exponent));
    const masked = joined.map((v, i) => v * keep[i]!);

    const error = new Tensor(library, "int32", count);
    const shortcut = int8(library, dr);
    const mask = tensorOf(library, "bits", words);
    const gradients = new Tensor(library, "int64", 8);
    const y = new Tensor(library, "int8", count);
    onEveryPath(library, (what) => {
      error.write(Int32Array.from(du, Number));
      error.exponent = -20;
      library.call("int8_activate_backward", {
        dy: error,
        mask,
        gradients,
        bias_before: 1,
        bias_behind: 0,
        dx: y,
        quantizer: NEAREST,
        count,
      });
      assertEquals(quantized(y), activated, what);
      assertEquals(
        [...gradients.read(new BigInt64Array(4))],
        [total(du), -20n, total(du.map((v, i) => v * keep[i]!)), -20n],
      );
      for (const behind of [0, 1]) {
        error.write(Int32Array.from(du, Number));
        error.exponent = -20;
        const shape = shaped(library, n, h, w, c, k, 1, stride);
        library.call("int8_block_backward", {
          du: error,
          dr: shortcut,
          mask,
          shortcut_behind: behind,
          gradients,
          bias_before: 3,
          bias_behind: 2,
          dx: y,
          quantizer: NEAREST,
          ...shape,
        });
        assertEquals(quantized(y), quantize({ v: masked, exponent }), `${what}, stride ${stride}, k ${k}`);
        assertEquals([...gradients.read(new BigInt64Array(8))].slice(4), [
          behind === 1 ? total(joined) : total(du),
          BigInt(behind === 1 ? exponent : -20),
          total(masked),
          BigInt(exponent),
        ]);
      }
    });
    for (const tensor of [error, shortcut, mask, gradients, y]) tensor.close();
  }
});

Deno.test("gradients of biases are exact sums, of large errors and of many", async () => {
  using library = await openLibrary();
  const next = integers(7), sign = { all: () => 1, both: () => 2 * next(0, 1) - 1 };
  // Least and largest magnitude, and how many: sums that pass int32 in one lane, and those that just do not.
  const cases = [[2 ** 30, 5 * 2 ** 28 - 1, 4100], [2 ** 24, 2 ** 25, 8200], [2 ** 20, 2 ** 21, 70_003]] as const;
  for (const [least, largest, count] of cases) {
    for (const signs of [sign.all, sign.both]) {
      const du = Array.from({ length: count }, () => signs() * next(least, largest));
      const { keep, words } = randomMask(next, count);
      const sum = du.reduce((total, v) => total + BigInt(v), 0n);
      const masked = du.reduce((total, v, i) => total + BigInt(v) * keep[i]!, 0n);
      const error = tensorOf(library, "int32", Int32Array.from(du), -20), mask = tensorOf(library, "bits", words);
      const gradients = new Tensor(library, "int64", 4), dx = new Tensor(library, "int8", count);
      const biases = { gradients, bias_before: 1, bias_behind: 0 };
      onEveryPath(library, (what) => {
        library.call("int8_activate_backward", { dy: error, mask, ...biases, dx, quantizer: NEAREST, count });
        assertEquals([...gradients.read(new BigInt64Array(4))], [sum, -20n, masked, -20n], what);
      });
      for (const tensor of [error, mask, gradients, dx]) tensor.close();
    }
  }
});

Deno.test("errors pass scales and the pool as defined", async () => {
  using library = await openLibrary();
  const next = integers(6);
  for (const scaling of [8192, -8192, 5, -32767, 0]) {
    const [n, pixels, c] = [2, 35, 30];
    const count = n * pixels * c;
    const dy = { q: operands(next, count), exponent: -11 };
    const z = { q: operands(next, count), exponent: -5 };
    const expected = quantize({ v: dy.q.map((q) => BigInt(q * scaling)), exponent: -24 });
    const pooled = Array.from({ length: n * c }, () => BigInt(next(-(2 ** 20), 2 ** 20)));
    const { keep, words } = randomMask(next, count);
    const reciprocal = Math.round(2 ** 22 / pixels);
    const share = quantize({ v: pooled.map((v) => v * BigInt(reciprocal)), exponent: -30 - 22 });
    const spread = keep.map((bit, i) => bit ? share.q[Math.floor(i / pixels / c) * c + i % c]! : 0);

    const [tdy, tz] = [int8(library, dy), int8(library, z)];
    const scalars = tensorOf(library, "int16", Int16Array.of(scaling));
    const gradients = new Tensor(library, "int64", 4);
    const error = tensorOf(library, "int32", Int32Array.from(pooled, Number), -30);
    const mask = tensorOf(library, "bits", words);
    const y = new Tensor(library, "int8", count);
    onEveryPath(library, (what) => {
      library.call("int8_residual_backward", {
        dy: tdy,
        z: tz,
        scalars,
        scale: 0,
        gradients,
        bias: 1,
        dz: y,
        quantizer: NEAREST,
        count,
      });
      assertEquals(quantized(y), expected, `${what}, scale ${scaling}`);
      assertEquals([...gradients.read(new BigInt64Array(4))], [
        total(dy.q.map((q, i) => BigInt(q * z.q[i]!))),
        -16n,
        total(dy.q.map(BigInt)),
        -11n,
      ]);
      library.call("int8_pool_backward", {
        dy: error,
        mask,
        reciprocal,
        gradients,
        bias: 1,
        dx: y,
        quantizer: NEAREST,
        n,
        pixels,
        c,
      });
      assertEquals(quantized(y), { q: spread, exponent: share.exponent }, what);
    });
    for (const tensor of [tdy, tz, scalars, gradients, error, mask, y]) tensor.close();
  }
});
