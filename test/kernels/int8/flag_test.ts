import { assertEquals, assertThrows } from "@std/assert";
import { RunError } from "../../../lib/errors.ts";
import { openLibrary } from "../../../lib/native/library.ts";
import { Tensor } from "../../../lib/native/tensor.ts";
import { NEAREST, type Words } from "../../../lib/native/words.ts";
import { deadTensor } from "../dead_tensor.ts";
import { shaped } from "../shapes.ts";
import { int8, integers, onEveryPath, operands, quantized, randomMask, tensorOf } from "./fixture.ts";
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
    for (const [width, stochastic] of [[8, false], [8, true], [3, false]] as const) {
      const expected = flagged(each, width, exactShift(each, width), stochastic ? STREAM : undefined);
      const [y, fine] = [new Tensor(library, "int8", COUNT), new Tensor(library, "int8", COUNT)];
      const random = { stochastic: stochastic ? 1 : 0, seed: SEED, step: STEP, stream: STREAM };
      onEveryPath(library, (what) => {
        fine.write(new Int8Array(COUNT).fill(99));
        each.write(y, { ...NEAREST, bits: width, ...random, fine });
        for (const [tensor, wanted] of [[y, expected.coarse], [fine, expected.fine]] as const) {
          assertEquals(tensor.exponent, wanted.exponent, `${each.name}, ${what}`);
          assertEquals(tensor.read(new Int8Array(COUNT)), Int8Array.from(wanted.q), `${each.name}, ${width}, ${what}`);
        }
        each.check?.(what);
      });
      for (const tensor of [y, fine]) tensor.close();
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
    const flagged = { dy, fine, weights: tw, fine_sums: room };
    library.call("int8_quantize", { x: sums, y: dy, quantizer: { ...NEAREST, fine }, count: counts.y });
    const { q: coarse, exponent } = quantized(dy), { q: low } = quantized(fine);
    library.call("int8_count_values", { x: dy, fine, counts: gradients, count: counts.y });
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
      library.call("int8_conv_backward_data", { ...flagged, dx, ...shape });
      assertEquals(dx.read(new Int32Array(counts.x)), Int32Array.from(sum, Number), `${what}, ${geometry}`);
      assertEquals(dx.exponent, masked.exponent);
      library.call("int8_quantize", { x: dx, y: small, quantizer: NEAREST, count: counts.x });
      assertEquals(quantized(small), quantize({ ...masked, v: sum }), "the extremes are those of the sums");
      library.call("int8_conv_backward_data_activate", {
        ...{ ...flagged, mask, sums: dx, gradients, bias_before: 1, bias_behind: 0, dx: small },
        ...{ quantizer: NEAREST, ...shape },
      });
      assertEquals(quantized(small), quantize(masked), `activate, ${what}, ${geometry}`);
      library.call("int8_conv_backward_weights", { x: tx, dy, fine, dw: wide, ...shape });
      assertEquals(wide.read(new BigInt64Array(counts.w)), BigInt64Array.from(dw), `${what}, ${geometry}`);
      assertEquals(wide.exponent, exponent - 7 - 5);
    });
    for (const tensor of [sums, tx, tw, dy, fine, dx, room, small, wide, mask, gradients]) tensor.close();
  }
});

Deno.test("a fine part is no tensor of another use, and gradients of a flagged error are int64", async () => {
  using library = await openLibrary();
  const tensor = (type: "int8" | "int32" | "int64", count = 4) => new Tensor(library, type, count);
  const [y, fine, sums, x, weights, narrow, wide] = [
    ...[tensor("int8"), tensor("int8"), tensor("int32"), tensor("int32"), tensor("int8"), tensor("int32")],
    tensor("int64"),
  ] as const;
  const short = tensor("int8", 3);
  const point = shaped(library, 1, 2, 2, 1, 1);
  const back = (changes: Partial<Words<"int8_conv_backward_data">>) => () =>
    library.call("int8_conv_backward_data", {
      dy: y,
      fine,
      weights,
      fine_sums: sums,
      dx: narrow,
      ...point,
      ...changes,
    });
  const gradient = (dw: Tensor, below: Tensor = fine) => () =>
    library.call("int8_conv_backward_weights", { x: weights, dy: y, fine: below, dw, ...point });
  const refused = (words: string, run: () => void) => assertThrows(run, RunError, words);
  library.call("int8_quantize", { x, y, quantizer: { ...NEAREST, fine }, count: 4 });
  back({})();
  gradient(wide)();
  refused("fine_sums: must not be the same as dx", back({ dx: sums }));
  refused("fine_sums: 0 is not a live tensor", back({ fine_sums: undefined }));
  refused("fine_sums: is int8, must be int32", back({ fine_sums: y }));
  refused("fine: has 3 elements, needs 4", back({ fine: short }));
  refused("fine: has 3 elements, needs 4", gradient(wide, short));
  refused("need int64", gradient(narrow));
  // Steps as fine as those of the error, coarser, and finer than eight bits reach.
  for (const below of [0, -1, 8]) {
    y.exponent = fine.exponent + below;
    refused(`fine: has exponent ${fine.exponent}, which is not 1..7 below that of dy, ${y.exponent}`, back({}));
    refused(`fine: has exponent ${fine.exponent}, which is not 1..7 below that of dy, ${y.exponent}`, gradient(wide));
  }
  const gone = deadTensor(library, "int8", 4);
  refused("not a live tensor", back({ fine: gone }));
  refused("not a live tensor", gradient(wide, gone));
  library.call("int8_quantize", { x, y, quantizer: NEAREST, count: 4 });
  back({ fine: undefined, fine_sums: undefined })();
  for (const each of [y, fine, sums, x, weights, narrow, wide, short]) each.close();
});
