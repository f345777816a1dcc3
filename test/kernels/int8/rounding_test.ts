import { assertEquals, assertNotEquals } from "@std/assert";
import { openLibrary } from "../../../lib/native/library.ts";
import { Tensor } from "../../../lib/native/tensor.ts";
import { NEAREST } from "../../../lib/native/words.ts";
import { callGuessing, int8, integers, onEveryPath, operands, quantized, tensorOf } from "./fixture.ts";
import { calls, COUNT, exactShift, rounded, SEED, STEP, STREAM } from "./quantizing.ts";

const UNMEASURED = -(2 ** 31);
const RANDOM = { ...NEAREST, stochastic: 1, seed: SEED, step: STEP };

Deno.test("stochastic rounding is as defined wherever values are quantized, each time with bits of its own", async () => {
  using library = await openLibrary();
  for (const each of calls(library)) {
    for (const width of [2, 8]) {
      const shift = exactShift(each, width);
      const expected = [0, 1].map((i) => rounded(each, width, shift, STREAM + i));
      const y = new Tensor(library, "int8", COUNT);
      onEveryPath(library, (what) => {
        expected.forEach((wanted, i) => {
          each.write(y, { ...RANDOM, bits: width, stream: STREAM + i });
          assertEquals(quantized(y).exponent, wanted.exponent, `${each.name}, ${what}`);
          assertEquals(y.read(new Int8Array(COUNT)), Int8Array.from(wanted.q), `${each.name}, ${width} bits, ${what}`);
          each.check?.(what);
        });
      });
      y.close();
    }
  }
});

Deno.test("random bits depend on seed, step, stream and element alone, whatever the order of calls", async () => {
  using library = await openLibrary();
  const quantizers = calls(library).map(({ name, write }, i) => ({ name, write, stream: STREAM + i }));
  const y = new Tensor(library, "int8", COUNT);
  const resultsOf = (order: typeof quantizers, threads: number) => {
    library.setThreads(threads);
    return new Map(order.map(({ name, write, stream }) => {
      write(y, { ...RANDOM, stream });
      return [name, y.read(new Int8Array(COUNT))];
    }));
  };
  const one = resultsOf(quantizers, 1), other = resultsOf(quantizers.toReversed(), 3);
  const again = resultsOf(quantizers.map((each) => ({ ...each, stream: STREAM - 1 })), 1);
  for (const { name } of quantizers) {
    assertEquals(one.get(name), other.get(name), name);
    // The largest sums are clipped whatever their bits.
    if (!name.includes("largest")) assertNotEquals(one.get(name), again.get(name), name);
  }
  y.close();
});

Deno.test("hindsight takes the exponent measured before, clips what is beyond, and jumps to the new one", async () => {
  using library = await openLibrary();
  const FIRST = 2;
  for (const each of calls(library)) {
    for (const random of [false, true]) {
      const exact = exactShift(each, 8), { exponent } = each.values;
      const shifts = [exact, exact - 3, exact, exact + 2, 0, Math.max(exact, each.mostShift)];
      const before = [UNMEASURED, ...shifts.slice(1, 4).map((shift) => exponent + shift), -(2 ** 31) + 1, 2 ** 31 - 1];
      const expected = [...shifts, exact].map((shift, i) => rounded(each, 8, shift, random ? STREAM + i : undefined));
      const y = new Tensor(library, "int8", COUNT);
      const exponents = new Tensor(library, "int32", FIRST + before.length + 1);
      onEveryPath(library, (what) => {
        exponents.write(Int32Array.of(5, 6, ...before, 7));
        expected.forEach((wanted, i) => {
          const exact = i === before.length;
          each.write(y, {
            ...RANDOM,
            ...{ stochastic: random ? 1 : 0, stream: STREAM + i, exponents: exact ? undefined : exponents },
            exponent: FIRST + i,
          });
          assertEquals(quantized(y).exponent, wanted.exponent, `${each.name} ${i}, ${what}`);
          assertEquals(y.read(new Int8Array(COUNT)), Int8Array.from(wanted.q), `${each.name} ${i}, ${what}`);
          each.check?.(what);
        });
        const measured = [5, 6, ...before.map(() => exponent + exact), 7];
        assertEquals([...exponents.read(new Int32Array(exponents.count))], measured, `${each.name}, ${what}`);
      });
      for (const tensor of [y, exponents]) tensor.close();
    }
  }
});

Deno.test("zeros measure no exponent", async () => {
  using library = await openLibrary();
  const [x, y] = [new Tensor(library, "int32", 64), new Tensor(library, "int8", 64)];
  const exponents = tensorOf(library, "int32", Int32Array.of(-3, -3));
  x.exponent = -20;
  const quantize = (exponent: number) =>
    library.call("int8_quantize", { x, y, quantizer: { ...NEAREST, exponents, exponent }, count: 64 });
  quantize(0);
  assertEquals([...exponents.read(new Int32Array(2))], [UNMEASURED, -3]);
  assertEquals(y.exponent, -3);
  x.write(new Int32Array(64).fill(2 ** 20));
  quantize(0);
  assertEquals([...exponents.read(new Int32Array(2))], [-7, -3]);
  assertEquals(y.exponent, -7);
  for (const tensor of [x, y, exponents]) tensor.close();
});

Deno.test("a guess changes nothing, whatever a program holds for it", async () => {
  using library = await openLibrary();
  const next = integers(21), [pixels, c] = [70, 3], count = pixels * c;
  const [z, shortcut] = [operands(next, count), operands(next, count)].map((q) => int8(library, { q, exponent: -6 }));
  const scalars = tensorOf(library, "int16", Int16Array.of(300, 5000));
  const x = tensorOf(library, "int32", Int32Array.from({ length: count }, () => next(-(2 ** 20), 2 ** 20)), -20);
  const norm = tensorOf(library, "int8", Int8Array.from({ length: 2 * c }, () => next(-64, 64)), -6);
  const start = Int32Array.from({ length: 2 * c }, (_, i) => 2 ** 20 + i), running = tensorOf(library, "int32", start);
  const [y, mask] = [new Tensor(library, "int8", count), new Tensor(library, "bits", count)];
  const [xhat, inverse] = [new Tensor(library, "int16", count), new Tensor(library, "int32", c)];
  const gradients = new Tensor(library, "int64", 2 * c);
  const residual = { z: z!, shortcut: shortcut!, scalars, scale: 1, bias: 0, y, quantizer: NEAREST, mask, count };
  const normal = { x, residual: shortcut!, norm, running, y, mask, xhat, inverse, pixels, c };
  const back = { dy: z!, xhat, norm, inverse, gradients, dx: y, quantizer: NEAREST, pixels, c };
  const written = [y, mask, xhat, inverse, running, gradients];
  const run = (guess: number) =>
    [
      () => callGuessing(library, "int8_residual", residual, guess),
      () => callGuessing(library, "int8_batchnorm_forward", normal, guess),
      () => callGuessing(library, "int8_batchnorm_backward", back, guess),
      () => callGuessing(library, "int8_batchnorm_inference", { ...normal, relu: 1 }, guess),
    ].map((call) => {
      running.write(start);
      call();
      return written.map((each) => [each.exponent, each.read(new Uint8Array(each.byteLength))]);
    });
  run(0); // what one call reads, another one has written
  const expected = run(0);
  onEveryPath(library, (what) => {
    for (const guess of [0, 1, 30, 31, -1, 2 ** 31 - 1, -(2 ** 31)]) {
      assertEquals(run(guess), expected, `${guess}, ${what}`);
    }
  });
  for (const each of [...written, z!, shortcut!, scalars, x, norm]) each.close();
});
