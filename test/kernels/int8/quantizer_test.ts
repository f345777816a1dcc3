import { assertEquals, assertThrows } from "@std/assert";
import { RunError } from "../../../lib/errors.ts";
import { openLibrary } from "../../../lib/native/library.ts";
import { Tensor } from "../../../lib/native/tensor.ts";
import { NEAREST, type Quantizer } from "../../../lib/native/words.ts";
import { deadTensor } from "../dead_tensor.ts";
import { int8, integers, onEveryPath, operands, quantized, tensorOf } from "./fixture.ts";
import { quantize, type Quantized } from "./reference.ts";

const COUNT = 16384 + 77;
const ONES = new BigUint64Array(Math.ceil(COUNT / 64)).fill(2n ** 64n - 1n);

/** Calls `run` with an output of every width, and holds what it leaves to `expected`. */
async function onEveryWidth(
  run: (library: Awaited<ReturnType<typeof openLibrary>>) => {
    readonly write: (y: Tensor, quantizer: Quantizer) => void;
    readonly expected: (width: number) => Quantized;
    readonly close: Tensor[];
  },
): Promise<void> {
  using library = await openLibrary();
  const { write, expected, close } = run(library);
  const y = new Tensor(library, "int8", COUNT);
  for (let width = 2; width <= 8; width++) {
    const wanted = expected(width);
    onEveryPath(library, (what) => {
      write(y, { ...NEAREST, bits: width });
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
      write: (y, quantizer) => library.call("int8_quantize", { x, y, quantizer, count: COUNT }),
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
      write: (y, quantizer) =>
        library.call("int8_activate", {
          x,
          scalars: undefined,
          bias: -1,
          y,
          quantizer,
          mask: undefined,
          count: COUNT,
        }),
      expected: (width) => quantize({ v: positive, exponent: -15 }, [], width),
      close: [x],
    };
  });
  await onEveryWidth((library) => {
    const x = tensorOf(library, "int32", Int32Array.from(v, Number), -15);
    const mask = tensorOf(library, "bits", ONES);
    const gradients = new Tensor(library, "int64", 2);
    return {
      write: (y, quantizer) =>
        library.call("int8_activate_backward", {
          dy: x,
          mask,
          gradients,
          bias_before: -1,
          bias_behind: -1,
          dx: y,
          quantizer,
          count: COUNT,
        }),
      expected: (width) => quantize({ v, exponent: -15 }, [], width),
      close: [x, mask, gradients],
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
      write: (y, quantizer) =>
        library.call("int8_residual_backward", {
          dy,
          z: dy,
          scalars,
          scale: 1,
          gradients,
          bias: -1,
          dz: y,
          quantizer,
          count: COUNT,
        }),
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
      write: (y, quantizer) =>
        library.call("int8_residual", {
          z: a,
          shortcut: b,
          scalars,
          scale: 1,
          bias: 0,
          y,
          quantizer,
          mask: undefined,
          count: COUNT,
        }),
      expected: (width) => quantize({ v, exponent: -6 - 13 }, [], width),
      close: [a, b, scalars],
    };
  });
});

Deno.test("a wrong word of a quantizer is refused by name, before anything is changed", async () => {
  using library = await openLibrary();
  const x = tensorOf(library, "int32", Int32Array.of(1, 2, 3, 4));
  const y = tensorOf(library, "int8", Int8Array.of(5, 6, 7, 8));
  const exponents = tensorOf(library, "int32", Int32Array.of(-3, -3));
  const [short, closed] = [new Tensor(library, "int8", 3), deadTensor(library, "int32", 2)];
  const wrongs: [Partial<Quantizer>, string][] = [
    ...[1, 9, -(2 ** 31), 2 ** 31 - 1].map((bits) => [{ bits }, `quantizer.bits: ${bits} is not in 2..8`] as const),
    ...[-1, 2].map((stochastic) => [{ stochastic }, `quantizer.stochastic: ${stochastic} is not 0 or 1`] as const),
    [{ exponents, exponent: -1 }, "quantizer.exponent: -1 is not an index"],
    [{ exponents, exponent: 2 }, "quantizer.exponents: has 2 elements, needs 3"],
    [{ exponents, exponent: 2 ** 31 - 1 }, "quantizer.exponents: has 2 elements, needs 2147483648"],
    [{ exponents: y }, "quantizer.exponents: is int8, must be int32"],
    [{ exponents: closed }, `quantizer.exponents: ${closed.handle} is not a live tensor`],
    [{ exponents: x }, "quantizer.exponents: must not be the same as x"],
    [{ fine: short }, "quantizer.fine: has 3 elements, needs 4"],
    [{ fine: exponents }, "quantizer.fine: is int32, must be int8"],
    [{ fine: y }, "quantizer.fine: must not be the same as y"],
  ].map(([words, text]) => [words as Partial<Quantizer>, text as string]);
  for (const [words, text] of wrongs) {
    const run = () => library.call("int8_quantize", { x, y, quantizer: { ...NEAREST, ...words }, count: 4 });
    assertThrows(run, RunError, text);
  }
  assertEquals(quantized(y), { q: [5, 6, 7, 8], exponent: 0 });
  for (const tensor of [x, y, exponents, short]) tensor.close();
});

Deno.test("what has fixed steps takes no exponent, and a pool's way back no fine part", async () => {
  using library = await openLibrary();
  const [logits, y, fine] = [
    new Tensor(library, "int32", 2),
    new Tensor(library, "int8", 2),
    new Tensor(library, "int8", 2),
  ];
  const [labels, mask] = [new Tensor(library, "int16", 1), new Tensor(library, "bits", 2)];
  const [gradients, metrics] = [new Tensor(library, "int64", 4), new Tensor(library, "int64", 2)];
  const exponents = new Tensor(library, "int32", 1);
  const targets = { labels, partners: undefined, share: 256, smoothing: 0 };
  const loss = () =>
    library.call("int8_loss", {
      ...{ logits, ...targets, gradients, bias: 0, dlogits: y, quantizer: { ...NEAREST, exponents }, metrics },
      ...{ n: 1, classes: 2 },
    });
  assertThrows(loss, RunError, "quantizer.exponents: ");
  const pool = () =>
    library.call("int8_pool_backward", {
      ...{ dy: logits, mask, reciprocal: 2 ** 22, gradients, bias: -1, dx: y, quantizer: { ...NEAREST, fine } },
      ...{ n: 1, pixels: 1, c: 2 },
    });
  assertThrows(pool, RunError, "quantizer.fine: ");
  for (const tensor of [logits, y, fine, labels, mask, gradients, metrics, exponents]) tensor.close();
});
