import { assertEquals } from "@std/assert";
import { headersFor } from "../../../lib/export/c/headers.ts";
import { compileSources } from "../../../lib/export/html/compile.ts";
import { REPLACED, workingMemory } from "../../../lib/export/html/vectors.ts";
import { type ConvPlan, outputSize } from "../../../lib/plan/plan.ts";
import { HAS_CLANG } from "./clang.ts";

/** What is called of convolution.c. */
interface Passes {
  readonly memory: WebAssembly.Memory;
  x(): number;
  w(): number;
  dy(): number;
  sums(): number;
  in_points(): number;
  forward(add: number): void;
  error(): void;
  gradient(): void;
  guard(): void;
  guarded(): number;
}

/** Elements more than a page has in each array of the working memory, which nothing may write. */
const GUARD = 99;

const sizeOf = (conv: ConvPlan) => ({
  x: conv.height * conv.width * conv.inputs,
  w: conv.outputs * conv.kernel ** 2 * conv.inputs,
  y: outputSize(conv).height * outputSize(conv).width * conv.outputs,
});

async function compiled(conv: ConvPlan): Promise<Passes> {
  const code = await Deno.readTextFile(new URL("convolution.c", import.meta.url));
  const text = `${await headersFor(code, REPLACED)}\n${code}`, { x, w, y } = sizeOf(conv), out = outputSize(conv);
  const { height, width, inputs, kernel, stride, padding, outputs } = conv;
  const shape = [height, width, inputs, kernel, stride, padding, out.height, out.width, outputs];
  const module = await compileSources([{ name: "test.c", text: `#include <stdint.h>\n#include "string.h"\n${text}` }], [
    ...workingMemory([conv]).map((each) => `${each}+${GUARD}`),
    ...[`TEST_X=${x + 16}`, `TEST_W=${w + 16}`, `TEST_Y=${y + 16}`, `TEST_SUMS=${Math.max(x, w, y)}`],
    ...["EOQ_MOMENTUM_BYTES=3", "EOQ_FEEDBACK=1", `TEST_SHAPE={${shape}}`],
  ]);
  const { instance } = await WebAssembly.instantiate(module as BufferSource, {});
  return instance.exports as unknown as Passes;
}

/** All three passes, product by product. */
function reference(conv: ConvPlan, x: Int8Array, w: Int8Array, dy: Int8Array, add: number) {
  const { height, width, inputs, outputs, kernel, stride, padding } = conv, out = outputSize(conv), size = sizeOf(conv);
  const y = new Int32Array(size.y).fill(add), dx = new Int32Array(size.x), dw = new Int32Array(size.w);
  for (let oy = 0; oy < out.height; oy++) {
    for (let ox = 0; ox < out.width; ox++) {
      for (let tap = 0; tap < kernel * kernel; tap++) {
        const iy = oy * stride - padding + Math.floor(tap / kernel), ix = ox * stride - padding + tap % kernel;
        if (iy < 0 || ix < 0 || iy >= height || ix >= width) continue;
        const from = (iy * width + ix) * inputs, to = (oy * out.width + ox) * outputs;
        for (let k = 0; k < outputs; k++) {
          const e = dy[to + k]!, row = (k * kernel * kernel + tap) * inputs;
          let sum = 0;
          for (let c = 0; c < inputs; c++) {
            sum += x[from + c]! * w[row + c]!;
            dx[from + c]! += e * w[row + c]!;
            dw[row + c]! += e * x[from + c]!;
          }
          y[to + k]! += sum;
        }
      }
    }
  }
  return { y, dx, dw };
}

/** Values of a tensor by what fills it. */
const FILLS: Record<string, (i: number, random: () => number) => number> = {
  "the largest": () => 127,
  "the least": () => -128,
  "by turns": (i) => i % 2 === 0 ? 127 : -128,
  "few": (_, random) => random() < 240 ? 0 : random() - 128,
  "random": (_, random) => random() - 128,
};

/** Fills of inputs, weights and errors that are tried together. */
const TOGETHER = [
  ["the largest", "the largest", "the largest"],
  ["the least", "the least", "the least"],
  ["the largest", "the least", "the least"],
  ["by turns", "random", "by turns"],
  ["random", "by turns", "few"],
  ["random", "random", "random"],
] as const;

/** A generator of bytes. */
function bytes(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  };
}

/** Height, width, inputs, outputs, and whether in points; kernel 3, stride 1 and padding 1 where nothing else is said. */
const CASES: readonly [number, number, number, number, boolean, ([number, number, number])?][] = [
  [32, 32, 16, 16, true],
  [8, 8, 64, 64, true],
  [13, 21, 8, 24, true],
  [6, 13, 16, 8, true],
  [23, 89, 8, 8, true], // 2047 pixels, the most that sums of products of -128 are within 2^25 of
  [32, 64, 8, 8, false], // one more
  [8, 8, 224, 8, true], // 9 * 224 products; no other number of channels in eights is as near to 2047
  [8, 8, 232, 8, false],
  [8, 8, 8, 224, true],
  [8, 8, 8, 232, false],
  [4, 4, 8, 8, false], // no less work
  [7, 7, 8, 8, true],
  [12, 12, 3, 8, false],
  [12, 12, 8, 12, false],
  [12, 12, 8, 8, false, [3, 2, 1]],
  [12, 12, 8, 8, false, [3, 1, 0]],
  [12, 12, 8, 8, false, [5, 1, 2]],
  [12, 12, 8, 8, false, [1, 2, 0]],
];

for (const [height, width, inputs, outputs, inPoints, [kernel, stride, padding] = [3, 1, 1]] of CASES) {
  const conv = { name: "conv", height, width, inputs, outputs, kernel, stride, padding };
  const title = `${height}x${width}, ${inputs} to ${outputs} channels, ${kernel}x${kernel} by ${stride}`;
  Deno.test({
    name: `page: convolution of ${title}: all passes ${inPoints ? "in points" : "by products"} as the reference`,
    ignore: !HAS_CLANG,
    fn: async () => {
      const passes = await compiled(conv), size = sizeOf(conv), random = bytes(height * width + inputs);
      const { buffer } = passes.memory;
      const x = new Int8Array(buffer, passes.x(), size.x), w = new Int8Array(buffer, passes.w(), size.w);
      const dy = new Int8Array(buffer, passes.dy(), size.y);
      assertEquals(passes.in_points() === 1, inPoints);
      passes.guard();
      for (const fills of TOGETHER) {
        [x, w, dy].forEach((tensor, i) => tensor.forEach((_, at) => tensor[at] = FILLS[fills[i]!]!(at, random)));
        const add = random() * 1000 - 100_000, expected = reference(conv, x, w, dy, add);
        const sums = (count: number) => new Int32Array(buffer, passes.sums(), count).slice();
        passes.forward(add);
        assertEquals(sums(size.y), expected.y, `forward of ${fills}`);
        passes.error();
        assertEquals(sums(size.x), expected.dx, `error of ${fills}`);
        passes.gradient();
        assertEquals(sums(size.w), expected.dw, `gradient of ${fills}`);
      }
      assertEquals(passes.guarded(), 1);
    },
  });
}
