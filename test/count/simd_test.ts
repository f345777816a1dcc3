import { assertEquals } from "@std/assert";
import { countOperations } from "../../lib/count/count.ts";
import { operationsOf } from "../../lib/count/kinds.ts";
import { simdProducts } from "../../lib/count/simd.ts";
import { executedMacs } from "../../lib/count/taps.ts";
import { PATHS, type VectorShape } from "../../lib/native/paths.ts";
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

/** What an int8 path multiplies and adds beside the reference. */
function simdOverhead(conv: ConvPlan, isa: string, count: number) {
  const products = (way: "forward" | "data") => both(simdProducts(conv, PATHS[isa]!.int8, count, way));
  return { forward: products("forward"), data: products("data") };
}

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
  const overheadOf = (conv: ConvPlan, isa: string) => [simdProducts(conv, PATHS[isa]!.fp32, 2, "forward")];
  const odd = { ...SHAPE, inputs: 3, outputs: 20 }, met = pairs(odd, 9, 9) * pairs(odd, 7, 7);
  assertEquals(["avx2", "avxvnni", "avx512vnni"].flatMap((isa) => overheadOf(odd, isa)), [
    2 * met * 3 * 4,
    2 * met * 3 * 4,
    2 * met * 3 * 12,
  ]);
  const wide = { ...SHAPE, kernel: 5, padding: 2 }, rows = pairs(wide, 9, 9);
  assertEquals(overheadOf(wide, "avx2"), [2 * rows * (7 * 5 - pairs(wide, 7, 7)) * 16 * 32]);
});

Deno.test("where an instruction takes two pixels an odd row has one more, and columns in the padding are multiplied", () => {
  const forward = (conv: ConvPlan) => simdProducts(conv, PATHS.neoni8mm!.int8, 1, "forward");
  const rows = pairs(SHAPE, 9, 9), executed = rows * pairs(SHAPE, 7, 7) * 16 * 32;
  assertEquals(forward(SHAPE), rows * 8 * 3 * 16 * 32 - executed);
  // A pixel alone stands beside itself: its one tap inside, twice.
  const narrow = { ...SHAPE, width: 1 };
  assertEquals(forward(narrow), rows * 16 * 32);
  // Channels that fill no eight: three columns of twelve are 40 products.
  const odd = { ...SHAPE, inputs: 12 };
  assertEquals(forward(odd), rows * (8 * 40 - pairs(SHAPE, 7, 7) * 12) * 32);
});

Deno.test("gradients of weights: images fill groups, and those left over have rows interleaved", () => {
  const path = PATHS.avx2!.int8, taps = pairs(SHAPE, 9, 9) * pairs(SHAPE, 7, 7);
  assertEquals(simdProducts(SHAPE, path, 4, "weights"), 0);
  // Nine rows are five times two.
  const interleaved = 3 * 10 * pairs(SHAPE, 7, 7);
  assertEquals(simdProducts(SHAPE, path, 5, "weights"), (interleaved - taps) * 16 * 32);
  // Nobody interleaves fp32.
  assertEquals(simdProducts(SHAPE, PATHS.avx512vnni!.fp32, 5, "weights"), 0);
});

Deno.test("gradients of weights: the offset costs all pixels of an error once, and those that each tap leaves out", () => {
  const path = PATHS.avx512vnni!.int8, left = 9 * 63 - pairs(SHAPE, 9, 9) * pairs(SHAPE, 7, 7);
  assertEquals(simdProducts(SHAPE, path, 8, "weights"), 8 * (63 + left) * 32);
});

Deno.test("gradients of weights: where inputs are few, errors fill vectors and padded columns are multiplied", () => {
  const conv = { ...SHAPE, inputs: 3 };
  assertEquals(
    simdProducts(conv, PATHS.avx2!.int8, 2, "weights"),
    2 * pairs(conv, 9, 9) * (21 - pairs(conv, 7, 7)) * 96,
  );
});

/** Products for the gradient of weights, every position of every tap looked at. */
function walkGradient(conv: ConvPlan, { lanes, group, offset, pairs }: VectorShape, images: number): number {
  const { kernel, stride, padding } = conv, { height, width } = outputSize(conv);
  const full = (channels: number) => Math.ceil(channels / lanes) * lanes;
  const errorsFill = full(conv.inputs) * conv.outputs > full(conv.outputs) * conv.inputs;
  const run = errorsFill ? kernel * conv.inputs : conv.outputs,
    channels = full(errorsFill ? conv.outputs : conv.inputs);
  const interleaved = images < group, rows = interleaved ? Math.ceil(height / group) : height;
  // An interleaved copy has its own padding.
  const meets = (y: number, ky: number) => {
    const row = y * stride - padding + ky;
    return interleaved || row >= 0 && row < conv.height;
  };
  const meetsColumn = (x: number, kx: number) => {
    const column = x * stride - padding + kx;
    return errorsFill || column >= 0 && column < conv.width;
  };
  // Rows of the broadcast operand that stand between two that a tap takes are no part of its sum.
  const all = errorsFill ? (interleaved ? kernel * rows : conv.height) : rows;
  const once = !(errorsFill && !interleaved && stride > 1) && all < 2 * rows;
  let products = 0, summed = once ? all * width : 0;
  for (let ky = 0; ky < kernel; ky++) {
    for (let kx = 0; kx < (errorsFill ? 1 : kernel); kx++) {
      let positions = 0;
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < width; x++) positions += Number(meets(y, ky) && meetsColumn(x, kx));
      }
      products += positions * (pairs ? run + run % 2 : run) * channels;
      if (positions > 0) summed += once ? all * width - positions : positions;
    }
  }
  return group * (products + (offset ? summed * full(run) : 0));
}

Deno.test("gradients of weights: the formula is what a walk over all positions finds", () => {
  for (const stride of [1, 2]) {
    for (const [kernel, padding] of [[1, 0], [3, 1], [5, 2], [7, 3]] as const) {
      for (const [inputs, outputs] of [[1, 6], [3, 20], [16, 32], [33, 5]] as const) {
        const conv = { ...SHAPE, stride, kernel, padding, inputs, outputs };
        for (const { int8, fp32 } of Object.values(PATHS)) {
          for (const path of [int8, fp32]) {
            for (const count of [1, 3, 8, 11]) {
              const whole = Math.floor(count / path.group), left = count % path.group;
              const walked = whole * walkGradient(conv, path, path.group) +
                left * (left && walkGradient(conv, path, 1));
              const name = JSON.stringify({ ...conv, ...path, count });
              assertEquals(simdProducts(conv, path, count, "weights"), walked - count * executedMacs(conv), name);
            }
          }
        }
      }
    }
  }
});
