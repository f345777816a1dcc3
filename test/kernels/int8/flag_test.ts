import { assertEquals, assertThrows } from "@std/assert";
import { RunError } from "../../../lib/errors.ts";
import { openLibrary } from "../../../lib/native/library.ts";
import { Tensor } from "../../../lib/native/tensor.ts";
import { shaped } from "../shapes.ts";
import { call, int8, integers, onEveryPath, operands, quantized, randomMask, tensorOf } from "./fixture.ts";
import { calls, COUNT, exactShift, type Quantizing, rounded, SEED, STEP, STREAM } from "./quantizing.ts";
import { outputs, products, quantize, scale, type Shape } from "./reference.ts";

const MAX_SUM = 5n * 2n ** 28n;
const abs = (x: bigint) => x < 0n ? -x : x;
const largest = (v: readonly bigint[]) => v.reduce((m, x) => abs(x) > m ? abs(x) : m, 0n);

/** The coarse and the fine part of these values: a value below one step is in the fine part alone. */
function flagged(each: Quantizing, width: number, shift: number, stream: number | undefined) {
  const coarse = rounded(each, width, shift, stream);
  const fine = rounded(each, width, shift - (width - 1), stream);
  const small = each.values.v.map((v) => abs(v) < 1n << BigInt(shift));
  return {
    coarse: { ...coarse, q: coarse.q.map((q, i) => small[i] ? 0 : q) },
    fine: { ...fine, q: fine.q.map((q, i) => small[i] ? q : 0) },
  };
}

Deno.test("a flag picks steps 2^7 times finer below one step, wherever values are quantized", async () => {
  using library = await openLibrary();
  for (const each of calls(library).filter(({ name }) => name !== "pool_backward")) {
    for (const [width, random] of [[8, false], [8, true], [3, false]] as const) {
      const expected = flagged(each, width, exactShift(each, width), random ? STREAM : undefined);
      const [y, fine] = [new Tensor(library, "int8", COUNT), new Tensor(library, "int8", COUNT)];
      const sums = new Tensor(library, "int32", 1);
      call(library, "eoq_int8_quantizer", y, width);
      call(library, "eoq_int8_flag_quantizer", y, fine, sums);
      onEveryPath(library, (what) => {
        if (random) call(library, "eoq_int8_round_randomly", y, SEED, STEP, STREAM);
        each.write(y);
        for (const [tensor, wanted] of [[y, expected.coarse], [fine, expected.fine]] as const) {
          assertEquals(tensor.exponent, wanted.exponent, `${each.name}, ${what}`);
          assertEquals(tensor.read(new Int8Array(COUNT)), Int8Array.from(wanted.q), `${each.name}, ${width}, ${what}`);
        }
        each.check?.(what);
      });
      for (const tensor of [y, fine, sums]) tensor.close();
    }
  }
});

/** Output channels whose errors sum up far. */
const HUGE = 2000;

/** The last one's sums pass 31 bits in steps of the fine part. */
const SHAPES: readonly Shape[] = [
  { n: 3, h: 5, w: 6, c: 16, k: 16, kernel: 3, stride: 1, pad: 1 },
  { n: 2, h: 7, w: 5, c: 3, k: 18, kernel: 3, stride: 2, pad: 1 },
  { n: 4, h: 3, w: 2, c: 6, k: 7, kernel: 1, stride: 1, pad: 0 },
  { n: 1, h: 2, w: 2, c: 2, k: HUGE, kernel: 1, stride: 1, pad: 0 },
];

Deno.test("convolutions of a flagged error are those of its values, on every path and thread count", async () => {
  using library = await openLibrary();
  const next = integers(4);
  for (const s of SHAPES) {
    const [oh, ow] = outputs(s);
    const counts = { x: s.n * s.h * s.w * s.c, w: s.k * s.kernel ** 2 * s.c, y: s.n * oh * ow * s.k };
    // Values of 15 bits, steps of the error 2^8 and 2: half of them are below one.
    const huge = s.k === HUGE;
    const v = Array.from(
      { length: counts.y },
      () => next(0, 1) ? next(-255, 255) : huge ? 32767 : next(0, 1) * 65535 - 32767,
    );
    const sums = tensorOf(library, "int32", Int32Array.from(v), -20);
    const x = { q: operands(next, counts.x), exponent: -5 };
    const w = { q: huge ? new Array(counts.w).fill(127) : operands(next, counts.w), exponent: -8 };
    const [tx, tw] = [int8(library, x), int8(library, w)];
    const [dy, fine] = [new Tensor(library, "int8", counts.y), new Tensor(library, "int8", counts.y)];
    const [dx, room] = [new Tensor(library, "int32", counts.x), new Tensor(library, "int32", counts.x)];
    const [small, wide] = [new Tensor(library, "int8", counts.x), new Tensor(library, "int64", counts.w)];
    const { keep, words } = randomMask(next, counts.x);
    const mask = tensorOf(library, "bits", words);
    const gradients = new Tensor(library, "int64", 4);
    call(library, "eoq_int8_flag_quantizer", dy, fine, room);
    call(library, "eoq_int8_quantize", sums, dy, counts.y);
    const { q: coarse, exponent } = quantized(dy), { q: low } = quantized(fine);
    call(library, "eoq_int8_count_values", dy, gradients, counts.y);
    const zeros = coarse.filter((each, i) => each === 0 && low[i] === 0).length;
    assertEquals(gradients.read(new BigInt64Array(4))[1], BigInt(zeros));
    const part = { coarse: new Array<bigint>(counts.x).fill(0n), low: new Array<bigint>(counts.x).fill(0n) };
    const dw = new Array<bigint>(counts.w).fill(0n);
    products(s, (i, j, o) => {
      part.coarse[i]! += BigInt(coarse[o]! * w.q[j]!);
      part.low[i]! += BigInt(low[o]! * w.q[j]!);
      dw[j]! += BigInt((coarse[o]! * 128 + low[o]!) * x.q[i]!);
    });
    let left = 7;
    while ((largest(part.coarse) << BigInt(left)) + (largest(part.low) >> BigInt(7 - left)) + 1n > MAX_SUM) left--;
    assertEquals(left < 7, huge);
    const sum = part.coarse.map((c, i) => (c << BigInt(left)) + scale(part.low[i]!, 7 - left));
    const masked = { v: sum.map((value, i) => value * keep[i]!), exponent: exponent - 8 - left };
    const geometry = [s.n, s.h, s.w, s.c, s.k, s.kernel, s.stride, s.pad] as const;
    const shape = shaped(library, ...geometry);
    onEveryPath(library, (what) => {
      call(library, "eoq_int8_conv_backward_data", dy, tw, dx, ...shape);
      assertEquals(dx.read(new Int32Array(counts.x)), Int32Array.from(sum, Number), `${what}, ${geometry}`);
      assertEquals(dx.exponent, masked.exponent);
      call(library, "eoq_int8_quantize", dx, small, counts.x);
      assertEquals(quantized(small), quantize({ ...masked, v: sum }), "the extremes are those of the sums");
      const behind = [dx, gradients, 1, 0, small];
      call(library, "eoq_int8_conv_backward_data_activate", dy, tw, mask, ...behind, ...shape);
      assertEquals(quantized(small), quantize(masked), `activate, ${what}, ${geometry}`);
      call(library, "eoq_int8_conv_backward_weights", tx, dy, wide, ...shape);
      assertEquals(wide.read(new BigInt64Array(counts.w)), BigInt64Array.from(dw), `${what}, ${geometry}`);
      assertEquals(wide.exponent, exponent - 7 - 5);
    });
    for (const tensor of [sums, tx, tw, dy, fine, dx, room, small, wide, mask, gradients]) tensor.close();
  }
});

Deno.test("a fine part is no tensor of another use, and gradients of a flagged error are int64", async () => {
  using library = await openLibrary();
  const tensor = (type: "int8" | "int32", count = 4) => new Tensor(library, type, count);
  const [y, fine, sums, x, weights, narrow] = [
    ...[tensor("int8"), tensor("int8"), tensor("int32"), tensor("int32"), tensor("int8"), tensor("int32")],
  ] as const;
  const refused = (
    words: string,
    ...[kernel, ...args]: Parameters<typeof call> extends [unknown, ...infer R] ? R : never
  ) => assertThrows(() => call(library, kernel, ...args), RunError, words);
  refused("fine: has 4 elements, needs 5", "eoq_int8_flag_quantizer", tensor("int8", 5), fine, sums);
  refused("must not be the same as y", "eoq_int8_flag_quantizer", y, y, sums);
  call(library, "eoq_int8_flag_quantizer", y, fine, sums);
  call(library, "eoq_int8_quantize", x, y, 4);
  const point = shaped(library, 1, 2, 2, 1, 1);
  refused("must not be the same as", "eoq_int8_conv_backward_data", y, weights, sums, ...point);
  refused("need int64", "eoq_int8_conv_backward_weights", weights, y, narrow, ...point);
  fine.close();
  refused("not a live tensor", "eoq_int8_conv_backward_data", y, weights, narrow, ...point);
  call(library, "eoq_int8_quantize", x, y, 4);
  call(library, "eoq_int8_conv_backward_data", y, weights, narrow, ...point);
  for (const each of [y, sums, x, weights, narrow]) each.close();
});
