import { assertEquals, assertThrows } from "@std/assert";
import { type Library, openLibrary } from "../../../lib/native/library.ts";
import { Tensor } from "../../../lib/native/tensor.ts";
import { NEAREST } from "../../../lib/native/words.ts";
import { shaped } from "../shapes.ts";
import { int8, integers, onEveryPath, operands, quantized, tensorOf } from "./fixture.ts";
import { quantize, type Quantized, scale, type Sums } from "./reference.ts";

const COUNTS = [1, 63, 64, 65, 1000, 16384 + 77];
const relu = (x: bigint) => x > 0n ? x : 0n;
const max = (...values: number[]) => Math.max(...values);
const bits = (values: readonly number[]) => {
  const most = values.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
  return most === 0 ? 0 : Math.floor(Math.log2(most)) + 1;
};
const align = (q: number, from: number, to: number) => scale(BigInt(q), to - from);

function sums(library: Library, { v, exponent }: Sums): Tensor {
  return tensorOf(library, "int32", Int32Array.from(v, Number), exponent);
}

function maskOf(tensor: Tensor, count: number): number[] {
  const words = tensor.read(new BigUint64Array(Math.ceil(count / 64)));
  return Array.from({ length: count }, (_, i) => Number(words[i >> 6]! >> BigInt(i & 63) & 1n));
}

/** Wide sums, with few and with many bits. */
function randomSums(next: (low: number, high: number) => number, count: number, bits: number): Sums {
  return { v: Array.from({ length: count }, () => BigInt(next(-(2 ** bits), 2 ** bits))), exponent: -15 };
}

Deno.test("ReLU with the bias behind it, and plain quantization, equal their definition", async () => {
  using library = await openLibrary();
  const next = integers(2);
  for (const count of COUNTS) {
    for (const width of [4, 9, 24]) {
      const x = randomSums(next, count, width);
      const bias = next(-9000, 9000);
      const summand = align(bias, -14, x.exponent);
      const activated = quantize(
        { v: x.v.map((v) => relu(v) + summand), exponent: x.exponent },
        [summand],
      );
      const plain = quantize(x);
      const input = sums(library, x);
      const scalars = tensorOf(library, "int16", Int16Array.of(0, bias));
      const y = new Tensor(library, "int8", count);
      const mask = new Tensor(library, "bits", count);
      onEveryPath(library, (what) => {
        library.call("int8_activate", { x: input, scalars, bias: 1, y, quantizer: NEAREST, mask, count });
        assertEquals(quantized(y), activated, `activate, ${what}, ${count}`);
        assertEquals(maskOf(mask, count), x.v.map((v) => v > 0n ? 1 : 0));
        library.call("int8_quantize", { x: input, y, quantizer: NEAREST, count });
        assertEquals(quantized(y), plain, `quantize, ${what}, ${count}`);
      });
      for (const tensor of [input, scalars, y, mask]) tensor.close();
    }
  }
});

Deno.test("sums are quantized up to the largest, and refused beyond it", async () => {
  using library = await openLibrary();
  const most = 5 * 2 ** 28;
  const y = new Tensor(library, "int8", 2);
  const scalars = tensorOf(library, "int16", Int16Array.of(32767));
  const input = sums(library, { v: [BigInt(most), BigInt(-most)], exponent: -32 });
  const summand = 2n ** 28n; // what a bias of that exponent is held to
  onEveryPath(library, (what) => {
    library.call("int8_quantize", { x: input, y, quantizer: NEAREST, count: 2 });
    assertEquals(quantized(y), quantize({ v: [BigInt(most), BigInt(-most)], exponent: -32 }), what);
    library.call("int8_activate", { x: input, scalars, bias: 0, y, quantizer: NEAREST, mask: undefined, count: 2 });
    assertEquals(quantized(y), quantize({ v: [BigInt(most) + summand, summand], exponent: -32 }), what);
  });
  for (const beyond of [most + 1, -most - 1]) {
    input.write(Int32Array.of(0, beyond));
    assertThrows(
      () => library.call("int8_quantize", { x: input, y, quantizer: NEAREST, count: 2 }),
      Error,
      "x: holds values beyond",
    );
  }
  for (const tensor of [y, scalars, input]) tensor.close();
});

function residual(z: Quantized, shortcut: Quantized, s: number, b: number): { sums: Sums; y: Quantized } {
  const exponent = max(z.exponent - 13 + bits(z.q) + bits([s]), shortcut.exponent + bits(shortcut.q), bits([b]) - 14) -
    24;
  const zFactor = align(s, z.exponent - 13, exponent);
  const shortcutFactor = align(1, shortcut.exponent, exponent);
  const summand = align(b, -14, exponent);
  const v = z.q.map((q, i) => BigInt(q) * zFactor + BigInt(shortcut.q[i]!) * shortcutFactor + summand);
  return { sums: { v, exponent }, y: quantize({ v: v.map(relu), exponent }) };
}

Deno.test("input bias and residual sum equal their definition", async () => {
  using library = await openLibrary();
  const next = integers(3);
  for (const count of COUNTS) {
    for (const gap of [-20, -3, 0, 5]) {
      const x = { q: operands(next, count), exponent: -7 };
      const z = { q: operands(next, count), exponent: -7 + gap };
      const [bias, scaling] = [next(-9000, 9000), next(-20000, 20000)];
      const exponent = max(x.exponent + bits(x.q), bits([bias]) - 14) - 24;
      const [factor, summand] = [align(1, x.exponent, exponent), align(bias, -14, exponent)];
      const shifted = quantize({ v: x.q.map((q) => BigInt(q) * factor + summand), exponent }, [summand]);
      const joined = residual(z, x, scaling, bias);
      const [tx, tz] = [int8(library, x), int8(library, z)];
      const scalars = tensorOf(library, "int16", Int16Array.of(bias, scaling));
      const y = new Tensor(library, "int8", count);
      const mask = new Tensor(library, "bits", count);
      onEveryPath(library, (what) => {
        if (x.q.some((q) => q > 0) && x.q.some((q) => q < 0)) {
          library.call("int8_add_bias", { x: tx, scalars, bias: 0, y, quantizer: NEAREST, count });
          assertEquals(quantized(y), shifted, `bias, ${what}, ${count}`);
        }
        library.call("int8_residual", {
          z: tz,
          shortcut: tx,
          scalars,
          scale: 1,
          bias: 0,
          y,
          quantizer: NEAREST,
          mask,
          count,
        });
        assertEquals(quantized(y), joined.y, `residual, ${what}, ${count}, ${gap}`);
        assertEquals(maskOf(mask, count), joined.sums.v.map((v) => v > 0n ? 1 : 0));
      });
      for (const tensor of [tx, tz, scalars, y, mask]) tensor.close();
    }
  }
});

Deno.test("pool and shortcut equal their definition", async () => {
  using library = await openLibrary();
  const next = integers(4);
  const [n, h, w, c, k] = [3, 5, 7, 6, 9];
  const pixels = h * w;
  const reciprocal = Math.round(2 ** 22 / pixels);
  const x = { q: operands(next, n * pixels * c), exponent: -4 };
  const exponent = x.exponent - 22;
  const summand = align(777, -14, exponent);
  const v = Array.from({ length: n * c }, (_, i) => {
    let sum = 0;
    for (let p = 0; p < pixels; p++) sum += x.q[(Math.floor(i / c) * pixels + p) * c + i % c]!;
    return BigInt(sum) * BigInt(reciprocal) + summand;
  });
  const expected = quantize({ v, exponent });
  const strided = Array.from({ length: n * 3 * 4 * k }, (_, i) => {
    const [channel, ox, oy, image] = [i % k, Math.floor(i / k) % 4, Math.floor(i / k / 4) % 3, Math.floor(i / k / 12)];
    return channel < c ? x.q[((image * h + 2 * oy) * w + 2 * ox) * c + channel]! : 0;
  });
  const tx = int8(library, x);
  const scalars = tensorOf(library, "int16", Int16Array.of(777));
  const between = new Tensor(library, "int32", n * c);
  const y = new Tensor(library, "int8", n * c);
  const wide = new Tensor(library, "int8", strided.length);
  onEveryPath(library, (what) => {
    library.call("int8_pool", {
      x: tx,
      reciprocal,
      scalars,
      bias: 0,
      sums: between,
      y,
      quantizer: NEAREST,
      n,
      pixels,
      c,
    });
    assertEquals(quantized(y), expected, what);
    library.call("int8_shortcut", { x: tx, y: wide, ...shaped(library, n, h, w, c, k, 1, 2) });
    assertEquals(quantized(wide), { q: strided, exponent: x.exponent }, what);
  });
  for (const tensor of [tx, scalars, between, y, wide]) tensor.close();
});
