import { assertEquals } from "@std/assert";
import { openLibrary } from "../../../lib/native/library.ts";
import { Tensor } from "../../../lib/native/tensor.ts";
import { call, onEveryPath, quantized, tensorOf } from "./fixture.ts";
import { calls, COUNT, exactShift, rounded, SEED, STEP, STREAM } from "./quantizing.ts";

const UNMEASURED = -(2 ** 31);

Deno.test("stochastic rounding is as defined wherever values are quantized, each time with bits of its own", async () => {
  using library = await openLibrary();
  for (const each of calls(library)) {
    for (const width of [2, 8]) {
      const shift = exactShift(each, width);
      const expected = [0, 1].map((i) => rounded(each, width, shift, STREAM + i));
      const y = new Tensor(library, "int8", COUNT);
      call(library, "eoq_int8_quantizer", y, width);
      onEveryPath(library, (what) => {
        call(library, "eoq_int8_round_randomly", y, SEED, STEP, STREAM);
        for (const wanted of expected) {
          each.write(y);
          assertEquals(quantized(y).exponent, wanted.exponent, `${each.name}, ${what}`);
          assertEquals(y.read(new Int8Array(COUNT)), Int8Array.from(wanted.q), `${each.name}, ${width} bits, ${what}`);
          each.check?.(what);
        }
      });
      y.close();
    }
  }
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
        if (random) call(library, "eoq_int8_round_randomly", y, SEED, STEP, STREAM);
        call(library, "eoq_int8_hindsight", y, exponents, FIRST, before.length);
        expected.forEach((wanted, i) => {
          each.write(y);
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

Deno.test("zeros measure no exponent, and one that is gone is not missed", async () => {
  using library = await openLibrary();
  const [x, y] = [new Tensor(library, "int32", 64), new Tensor(library, "int8", 64)];
  const exponents = tensorOf(library, "int32", Int32Array.of(-3, -3));
  x.exponent = -20;
  call(library, "eoq_int8_hindsight", y, exponents, 0, 2);
  call(library, "eoq_int8_quantize", x, y, 64);
  assertEquals([...exponents.read(new Int32Array(2))], [UNMEASURED, -3]);
  assertEquals(y.exponent, -3);
  exponents.close();
  x.write(new Int32Array(64).fill(2 ** 20));
  call(library, "eoq_int8_quantize", x, y, 64);
  assertEquals(y.exponent, -7);
  for (const tensor of [x, y]) tensor.close();
});
