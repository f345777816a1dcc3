import { assert, assertEquals } from "@std/assert";
import { ARITHMETIC } from "../../lib/golden/arithmetic.ts";
import { DEFINITIONS } from "../../lib/golden/definitions.ts";
import { type Int8Kernel, operandShape } from "../../lib/golden/shapes.ts";
import { INT8_KERNELS } from "../../lib/native/declarations.ts";
import { LAYOUTS } from "../../lib/native/words.ts";

const kernels = Object.keys(INT8_KERNELS) as Int8Kernel[];

const GEOMETRY = { height: 4, width: 6, inputs: 3, outputs: 5, kernel: 1, stride: 2, padding: 0 };

Deno.test("golden: every tensor of every int8 kernel has a shape, or is room", () => {
  const numbers: Readonly<Record<string, number>> = { n: 2, c: 3, count: 24, pixels: 7, classes: 9, channels: 4 };
  const sizes = { number: (word: string) => numbers[word]!, geometry: () => GEOMETRY };
  for (const kernel of kernels) {
    for (const { name, kind } of LAYOUTS[kernel]) {
      if (!/^(in|out|inout)\??$/.test(kind)) continue;
      const shape = operandShape(kernel, name, sizes, 12);
      assertEquals(shape === undefined, name === "fine_sums", `${kernel}, ${name}`);
      for (const size of shape ?? []) assert(Number.isInteger(size) && size > 0, `${kernel}, ${name}: ${shape}`);
    }
  }
});

Deno.test("golden: definitions say what becomes of every word, or name the kernels that do", () => {
  /** Sizes, which shapes tell of, and what the arithmetic that all share tells of. */
  const elsewhere = /^(n|count|c|shape|shortcut|pixels|channels|classes|guess|quantizer\..*)$/;
  for (const kernel of kernels) {
    const own = DEFINITIONS[kernel].join(" ");
    const named = kernels.filter((each) => each !== kernel && own.includes(each));
    const text = [own, ...named.flatMap((each) => DEFINITIONS[each]), ...Object.values(ARITHMETIC).flat()]
      .join(" ");
    for (const { name } of LAYOUTS[kernel]) {
      const word = name.replace("policy.", "");
      if (elsewhere.test(name)) continue;
      assert(new RegExp(`\\b${word}\\b`).test(text), `${kernel}: ${word}`);
    }
  }
});
