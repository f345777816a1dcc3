import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type Library, openLibrary } from "../../../lib/native/library.ts";
import { Tensor } from "../../../lib/native/tensor.ts";
import { NEAREST } from "../../../lib/native/words.ts";
import { backward, forward, inverses, type NormInput, running, runOn, statistics } from "./batchnorm_reference.ts";
import { int8, integers, onEveryPath, operands, quantized, tensorOf } from "./fixture.ts";
import { quantize, type Quantized } from "./reference.ts";

type Next = (low: number, high: number) => number;

interface Case {
  readonly pixels: number;
  readonly c: number;
  /** Bits of the sums around a channel's mean, and of that mean. */
  readonly spread: number;
  readonly offset: number;
  readonly exponent: number;
  readonly residual: boolean;
  readonly relu: boolean;
}

const ORDINARY: Case = { pixels: 700, c: 16, spread: 13, offset: 10, exponent: -13, residual: true, relu: true };
const CASES: readonly Case[] = [
  ORDINARY,
  { ...ORDINARY, residual: false },
  { ...ORDINARY, residual: false, relu: false },
  { ...ORDINARY, pixels: 77, c: 3, relu: false },
  { ...ORDINARY, spread: 29, offset: 28, exponent: -24, relu: false },
  { ...ORDINARY, pixels: 77, c: 3 },
  { ...ORDINARY, pixels: 40, c: 48 },
  { ...ORDINARY, pixels: 9, c: 70, spread: 3, offset: 2 },
  { ...ORDINARY, pixels: 1 },
  // Means far above their deviations, and sums so large that their squares need a shift.
  { ...ORDINARY, spread: 6, offset: 20 },
  { ...ORDINARY, spread: 29, offset: 28, exponent: -24 },
  // No variance at all, and one below epsilon.
  { ...ORDINARY, spread: 0, offset: 12 },
  { ...ORDINARY, spread: 1, exponent: -20 },
  { ...ORDINARY, spread: 8, exponent: 3 },
];

function inputOf(next: Next, { pixels, c, spread, offset, exponent, residual, relu }: Case): NormInput {
  const means = Array.from({ length: c }, () => next(-(2 ** offset), 2 ** offset));
  const count = pixels * c;
  return {
    x: {
      v: Array.from({ length: count }, (_, i) => BigInt(means[i % c]! + next(1 - 2 ** spread, 2 ** spread - 1))),
      exponent,
    },
    c,
    norm: [...Array.from({ length: c }, () => next(-127, 127)), ...Array.from({ length: c }, () => next(-127, 127))],
    residual: residual ? { q: operands(next, count), exponent: -6 } : undefined,
    relu,
  };
}

/** Tensors of a call. */
function tensorsOf(library: Library, { x, c, norm, residual }: NormInput) {
  const count = x.v.length;
  return {
    x: tensorOf(library, "int32", Int32Array.from(x.v, Number), x.exponent),
    residual: residual === undefined ? undefined : int8(library, residual),
    norm: tensorOf(library, "int8", Int8Array.from(norm), -6),
    running: tensorOf(library, "int32", Int32Array.from({ length: 2 * c }, (_, i) => 1000 * i + 2 ** 20)),
    y: new Tensor(library, "int8", count),
    mask: new Tensor(library, "bits", count),
    xhat: new Tensor(library, "int16", count),
    inverse: new Tensor(library, "int32", c),
    gradients: new Tensor(library, "int64", 2 * c),
    dx: new Tensor(library, "int8", count),
  };
}

function close(tensors: Readonly<Record<string, Tensor | undefined>>): void {
  for (const each of Object.values(tensors)) each?.close();
}

function maskOf(tensor: Tensor, count: number): number[] {
  const words = tensor.read(new BigUint64Array(Math.ceil(count / 64)));
  return Array.from({ length: count }, (_, i) => Number(words[i >> 6]! >> BigInt(i & 63) & 1n));
}

const int16s = (tensor: Tensor) => [...tensor.read(new Int16Array(tensor.count))];
const int32s = (tensor: Tensor) => [...tensor.read(new Int32Array(tensor.count))];

Deno.test("batch norm forward, its statistics and inference equal their definition", async () => {
  using library = await openLibrary();
  const next = integers(5);
  for (const each of CASES) {
    const input = inputOf(next, each), { c, x } = input, { pixels } = each;
    const channels = Array.from({ length: c }, (_, k) => statistics(input, k));
    const expected = forward(input, channels), scales = inverses(channels, x.exponent);
    const t = tensorsOf(library, input), start = int32s(t.running);
    const moved = channels.map((batch, k) => runOn([start[k]!, start[c + k]!], batch, x.exponent));
    const after = [...moved.map(([mean]) => mean), ...moved.map(([, std]) => std)];
    const inferred = forward(input, moved.map(([mean, std]) => running(mean, std, x.exponent)));
    onEveryPath(library, (path) => {
      const what = `${path} ${JSON.stringify(each)}`;
      t.running.write(Int32Array.from(start));
      library.call("int8_batchnorm_forward", { ...t, mask: each.relu ? t.mask : undefined, pixels, c });
      assertEquals(int16s(t.xhat), expected.xhat.map(Number), what);
      assertEquals(quantized(t.y), expected.y, what);
      if (each.relu) assertEquals(maskOf(t.mask, t.y.count), expected.mask, what);
      assertEquals(int32s(t.inverse), scales.q.map(Number), what);
      assertEquals(t.inverse.exponent, scales.exponent, what);
      assertEquals(int32s(t.running), after, what);
      library.call("int8_batchnorm_inference", { ...t, relu: each.relu ? 1 : 0, pixels, c });
      assertEquals(quantized(t.y), inferred.y, `inference, ${what}`);
    });
    close(t);
  }
});

Deno.test("batch norm backward equals its definition", async () => {
  using library = await openLibrary();
  const next = integers(6);
  for (const each of CASES) {
    const input = inputOf(next, each), { c, norm } = input, { pixels } = each;
    const t = tensorsOf(library, input);
    const xhat = Array.from({ length: pixels * c }, () => next(-32768, 32767));
    const scales = Array.from({ length: c }, () => next(1, 2 ** next(10, 30)));
    const g: Quantized = { q: operands(next, pixels * c), exponent: -9 };
    const inverse = { q: scales.map(BigInt), exponent: -28 };
    const expected = backward({ g, xhat: xhat.map(BigInt), c, norm, inverse });
    const dx = quantize(expected.dx);
    t.xhat.write(Int16Array.from(xhat));
    t.inverse.write(Int32Array.from(scales));
    t.inverse.exponent = inverse.exponent;
    const error = int8(library, g);
    onEveryPath(library, (path) => {
      const what = `${path} ${JSON.stringify(each)}`;
      library.call("int8_batchnorm_backward", { ...t, dy: error, quantizer: NEAREST, pixels, c });
      const gradients = [...t.gradients.read(new BigInt64Array(2 * c))];
      assertEquals({ v: gradients, exponent: t.gradients.exponent }, expected.gradients, what);
      assertEquals(quantized(t.dx), dx, what);
    });
    error.close();
    close(t);
  }
});

/** Sums as a normal convolution leaves them: some thousand steps around a mean, every channel on a scale of its own. */
function ordinarySums(next: Next, pixels: number, c: number): NormInput {
  const gaussian = () => Array.from({ length: 12 }, () => next(0, 65535)).reduce((a, b) => a + b) / 65536 - 6;
  const scales = Array.from({ length: c }, () => next(300, 30_000));
  const means = Array.from({ length: c }, () => next(-20_000, 20_000));
  return {
    x: {
      v: Array.from({ length: pixels * c }, (_, i) => BigInt(Math.round(gaussian() * scales[i % c]! + means[i % c]!))),
      exponent: -13,
    },
    c,
    norm: [...Array.from({ length: c }, () => next(20, 100)), ...Array.from({ length: c }, () => next(-60, 60))],
    residual: { q: operands(next, pixels * c), exponent: -5 },
  };
}

Deno.test("batch norm is that of double precision within its fixed point", async () => {
  using library = await openLibrary();
  const next = integers(8), pixels = 2000, c = 16;
  const input = ordinarySums(next, pixels, c), { x, norm, residual } = input;
  const t = tensorsOf(library, input);
  library.call("int8_batchnorm_forward", { ...t, pixels, c });
  const real = x.v.map((each) => Number(each) * 2 ** x.exponent), channel = Array.from({ length: c }, (_, k) => k);
  const mean = (of: (i: number) => number, k: number) => {
    let total = 0;
    for (let i = k; i < real.length; i += c) total += of(i);
    return total / pixels;
  };
  const means = channel.map((k) => mean((i) => real[i]!, k));
  const stds = channel.map((k) => Math.sqrt(mean((i) => (real[i]! - means[k]!) ** 2, k) + 2 ** -17));
  const xhat = real.map((each, i) => (each - means[i % c]!) / stds[i % c]!);
  // Half a step for the shift before the product, which a factor up to two follows, and half for the one behind it.
  int16s(t.xhat).forEach((q, i) => assertAlmostEquals(q * 2 ** -11, xhat[i]!, 2 * 2 ** -11, `xhat ${i}`));
  int32s(t.inverse).forEach((q, k) => {
    const relative = q * 2 ** t.inverse.exponent * stds[k]! - 1;
    assert(Math.abs(relative) < 2 ** -20, `1 / std of ${k}: off by ${relative}`);
  });
  const y = quantized(t.y), step = 2 ** y.exponent;
  xhat.forEach((each, i) => {
    const v = norm[i % c]! / 64 * each + norm[c + i % c]! / 64 + residual!.q[i]! * 2 ** residual!.exponent;
    assertAlmostEquals(y.q[i]! * step, Math.min(127 * step, Math.max(0, v)), 0.51 * step, `y ${i}`);
  });

  const g: Quantized = { q: operands(next, pixels * c), exponent: -9 };
  const error = int8(library, g), dy = g.q.map((each) => each * 2 ** g.exponent);
  library.call("int8_batchnorm_backward", { ...t, dy: error, quantizer: NEAREST, pixels, c });
  const gradients = [...t.gradients.read(new BigInt64Array(2 * c))].map((each) =>
    Number(each) * 2 ** t.gradients.exponent
  );
  const sums = channel.map((k) => mean((i) => dy[i]!, k)),
    products = channel.map((k) => mean((i) => dy[i]! * xhat[i]!, k));
  const dx = quantized(t.dx), fine = 2 ** dx.exponent;
  channel.forEach((k) => {
    assertAlmostEquals(gradients[c + k]!, pixels * sums[k]!, 1e-9, `beta of ${k}`);
    // Every xhat is within two of its steps, every error within 127 of its own.
    assertAlmostEquals(gradients[k]!, pixels * products[k]!, pixels * 127 * 2 ** (g.exponent - 10), `gamma of ${k}`);
  });
  dy.forEach((each, i) => {
    const k = i % c, exact = norm[k]! / 64 / stds[k]! * (each - sums[k]! - xhat[i]! * products[k]!);
    assertAlmostEquals(dx.q[i]! * fine, Math.max(-127, Math.min(127, exact / fine)) * fine, 0.6 * fine, `dx ${i}`);
  });
  error.close();
  close(t);
});

Deno.test("a channel without variance normalises to its beta, and sums that are too large are refused", async () => {
  using library = await openLibrary();
  const input: NormInput = { x: { v: [5n, -7n, 5n, -7n], exponent: -13 }, c: 2, norm: [64, 64, 32, -32] };
  const t = tensorsOf(library, input);
  const run = () => library.call("int8_batchnorm_forward", { ...t, pixels: 2, c: 2 });
  run();
  assertEquals(int16s(t.xhat), [0, 0, 0, 0]);
  assertEquals(quantized(t.y), { q: [127, 0, 127, 0], exponent: -8 });
  t.x.write(Int32Array.of(2 ** 30, 0, 0, 0));
  assertThrows(() => run(), Error, "x: holds values beyond");
  const wide = () => library.call("int8_batchnorm_inference", { ...t, relu: 1, pixels: 1, c: 2049 });
  assertThrows(wide, Error, "c: 2049 is not in 1..2048");
  close(t);
});
