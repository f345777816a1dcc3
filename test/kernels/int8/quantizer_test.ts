import { assertEquals } from "@std/assert";
import { openLibrary } from "../../../lib/native/library.ts";
import { Tensor } from "../../../lib/native/tensor.ts";
import { call, int8, integers, onEveryPath, operands, quantized, tensorOf } from "./fixture.ts";
import { quantize, type Quantized } from "./reference.ts";

const COUNT = 16384 + 77;
const ONES = new BigUint64Array(Math.ceil(COUNT / 64)).fill(2n ** 64n - 1n);

/** Calls `run` with an output of every width, and holds what it leaves to `expected`. */
async function onEveryWidth(
  run: (library: Awaited<ReturnType<typeof openLibrary>>) => {
    readonly write: (y: Tensor) => void;
    readonly expected: (width: number) => Quantized;
    readonly close: Tensor[];
  },
): Promise<void> {
  using library = await openLibrary();
  const { write, expected, close } = run(library);
  const y = new Tensor(library, "int8", COUNT);
  for (let width = 2; width <= 8; width++) {
    const wanted = expected(width);
    call(library, "eoq_int8_quantizer", y, width);
    onEveryPath(library, (what) => {
      write(y);
      assertEquals(quantized(y).exponent, wanted.exponent, `${what}, ${width} bits`);
      assertEquals(y.read(new Int8Array(COUNT)), Int8Array.from(wanted.q), `${what}, ${width} bits`);
    });
  }
  for (const tensor of [y, ...close]) tensor.close();
}

Deno.test("sums are quantized to every width", () =>
  onEveryWidth((library) => {
    const next = integers(3);
    const v = Array.from({ length: COUNT }, () => BigInt(next(-(2 ** 21), 2 ** 21)));
    const x = tensorOf(library, "int32", Int32Array.from(v, Number), -15);
    return {
      write: (y) => call(library, "eoq_int8_quantize", x, y, COUNT),
      expected: (width) => quantize({ v, exponent: -15 }, [], width),
      close: [x],
    };
  }));

Deno.test("activations and errors are quantized to every width", async () => {
  const next = integers(4);
  const v = Array.from({ length: COUNT }, () => BigInt(next(-(2 ** 14), 2 ** 14)));
  const positive = v.map((x) => x > 0n ? x : 0n);
  await onEveryWidth((library) => {
    const x = tensorOf(library, "int32", Int32Array.from(v, Number), -15);
    return {
      write: (y) => call(library, "eoq_int8_activate", x, 0, -1, y, 0, COUNT),
      expected: (width) => quantize({ v: positive, exponent: -15 }, [], width),
      close: [x],
    };
  });
  await onEveryWidth((library) => {
    const x = tensorOf(library, "int32", Int32Array.from(v, Number), -15);
    const mask = tensorOf(library, "bits", ONES);
    return {
      write: (y) => call(library, "eoq_int8_activate_backward", x, mask, 0, -1, -1, y, COUNT),
      expected: (width) => quantize({ v, exponent: -15 }, [], width),
      close: [x, mask],
    };
  });
});

Deno.test("products with a scale, and sums of a block, are quantized to every width", async () => {
  const next = integers(5);
  const [z, shortcut] = [operands(next, COUNT), operands(next, COUNT)];
  await onEveryWidth((library) => {
    const dy = int8(library, { q: z, exponent: -9 });
    const scalars = tensorOf(library, "int16", Int16Array.of(0, 1 << 13));
    const gradients = new Tensor(library, "int64", 4);
    return {
      write: (y) => call(library, "eoq_int8_residual_backward", dy, dy, scalars, 1, gradients, -1, y, COUNT),
      expected: (width) => quantize({ v: z.map((q) => BigInt(q) << 13n), exponent: -9 - 13 }, [], width),
      close: [dy, scalars, gradients],
    };
  });
  await onEveryWidth((library) => {
    const [a, b] = [int8(library, { q: z, exponent: -6 }), int8(library, { q: shortcut, exponent: -6 })];
    const scalars = tensorOf(library, "int16", Int16Array.of(0, 1 << 13));
    // The sums are aligned to 24 bits, whatever the operands: that exponent is one that loses nothing here.
    const v = z.map((q, i) => BigInt(Math.max(0, q + shortcut[i]!)) << 13n);
    return {
      write: (y) => call(library, "eoq_int8_residual", a, b, scalars, 1, 0, y, 0, COUNT),
      expected: (width) => quantize({ v, exponent: -6 - 13 }, [], width),
      close: [a, b, scalars],
    };
  });
});
