import { assertEquals } from "@std/assert";
import { countOperations } from "../../lib/count/count.ts";
import { convParts } from "../../lib/count/fp32/convolution.ts";
import { simdOverhead } from "../../lib/count/int8/simd.ts";
import { operationsOf } from "../../lib/count/kinds.ts";
import { convolutions, type ConvPlan, outputSize } from "../../lib/plan/plan.ts";
import { ODD } from "./plans_int8.ts";

const SHAPE: ConvPlan = {
  name: "conv",
  height: 9,
  width: 7,
  kernel: 3,
  stride: 1,
  padding: 1,
  inputs: 16,
  outputs: 32,
};

const both = (products: number) => ({ "int8-multiply": products, "int32-add": products });

/** Pairs of a pixel of the output and one of the input under its kernel, along one side. */
function pairs(conv: ConvPlan, input: number, output: number): number {
  let sum = 0;
  for (let o = 0; o < output; o++) {
    for (let t = 0; t < conv.kernel; t++) {
      const i = o * conv.stride - conv.padding + t;
      sum += Number(i >= 0 && i < input);
    }
  }
  return sum;
}

Deno.test("channels that fill vectors cost the sums of the weights alone, and those where an operand is unsigned", () => {
  const weights = 3 * 3 * 16 * 32;
  assertEquals(simdOverhead(SHAPE, "scalar", 5), { forward: {}, data: {} });
  assertEquals(simdOverhead(SHAPE, "avx2", 5), { forward: both(0), data: both(0) });
  for (const isa of ["avxvnni", "avx512vnni-256", "avx512vnni"]) {
    assertEquals(simdOverhead(SHAPE, isa, 5), { forward: both(weights), data: both(weights) });
  }
  const strided = simdOverhead({ ...SHAPE, stride: 2 }, "avx512vnni", 5);
  assertEquals(strided, { forward: both(weights), data: both(weights) });
});

Deno.test("lanes behind the last channel multiply, too", () => {
  for (const stride of [1, 2]) {
    const conv = { ...SHAPE, stride, outputs: 20 }, { height, width } = outputSize(conv);
    const met = pairs(conv, conv.height, height) * pairs(conv, conv.width, width);
    const idle = 12, count = 3;
    assertEquals(
      simdOverhead(conv, "avx512vnni", count).forward,
      both(count * met * 16 * idle + 3 * 3 * 16 * (20 + idle)),
    );
  }
});

Deno.test("channels that fill no group are read from a copy with padded columns", () => {
  for (const stride of [1, 2]) {
    const conv = { ...SHAPE, stride, inputs: 3 }, { height, width } = outputSize(conv);
    const rows = pairs(conv, conv.height, height), columns = pairs(conv, conv.width, width), run = 12, count = 2;
    const more = rows * (width * run - columns * 3) * 32;
    assertEquals(simdOverhead(conv, "avx512vnni", count).forward, both(count * more + 3 * run * 32));
  }
});

Deno.test("overhead of a path is counted apart from what the reference executes", () => {
  const [reference, simd] = [undefined, "avx512vnni"].map((isa) => countOperations(ODD, "eoq", 2, { isa }));
  const operations = (lines: typeof reference) => lines!.map(({ overhead: _, ...others }) => others);
  assertEquals(operations(simd), operations(reference));
  const stem = simd!.find(({ layer, phase }) => layer === "stem" && phase === "forward")!;
  const { forward } = simdOverhead(convolutions(ODD)[0]!, "avx512vnni", 2);
  assertEquals(stem.overhead, operationsOf(forward));
  assertEquals(reference!.find(({ layer }) => layer === "stem")!.overhead, operationsOf({}));
});

Deno.test("fp32 paths pad lanes alone where columns are shared, and whole columns where padding is wide", () => {
  const overheadOf = (conv: ConvPlan, isa: string) => {
    const all = convParts(conv, { count: 2, groups: 1, isa, centred: false }).filter(({ phase }) =>
      phase === "forward"
    );
    return all.map(({ overhead }) => overhead!["fp32-multiply"]);
  };
  const odd = { ...SHAPE, inputs: 3, outputs: 20 }, met = pairs(odd, 9, 9) * pairs(odd, 7, 7);
  assertEquals(["scalar", "avx2", "avxvnni", "avx512vnni"].flatMap((isa) => overheadOf(odd, isa)), [
    0,
    2 * met * 3 * 4,
    2 * met * 3 * 4,
    2 * met * 3 * 12,
  ]);
  const wide = { ...SHAPE, kernel: 5, padding: 2 }, rows = pairs(wide, 9, 9);
  assertEquals(overheadOf(wide, "avx2"), [2 * rows * (7 * 5 - pairs(wide, 7, 7)) * 16 * 32]);
});
