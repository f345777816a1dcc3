import { assert, assertEquals } from "@std/assert";
import { type LaidWord, LAYOUTS } from "../../lib/native/words.ts";

const SIZES = ["n", "pixels", "c", "k", "classes", "channels", "length", "count", "scales"];
const KEYS = ["seed", "step", "stream"];

const isSums = ({ name }: LaidWord) => name === "sums" || name === "fine_sums";
const isQuantizers = ({ name }: LaidWord) => name.startsWith("quantizer.");
const isOut = ({ kind }: LaidWord) => kind === "out" || kind === "out?";

/** The part of a call that a word is in: what is read and how, what is only written, sizes, keys. */
function partOf(word: LaidWord): number {
  if (KEYS.includes(word.name)) return 3;
  if (word.kind === "shape" || SIZES.includes(word.name)) return 2;
  return isOut(word) || word.kind === "guess" ? 1 : 0;
}

for (const [kernel, layout] of Object.entries(LAYOUTS)) {
  Deno.test(`${kernel} takes what it reads before what it only writes, then sizes, then keys`, () => {
    // Room for sums precedes whatever else is written; a quantizer goes with its tensor.
    const parts = layout.filter((word) => !isSums(word) && !isQuantizers(word)).map(partOf);
    assertEquals(parts, parts.toSorted((a, b) => a - b), layout.map(({ name }) => name).join());
    const sums = layout.findIndex(isSums);
    if (sums >= 0) {
      assert(layout.slice(sums).every(({ kind }) => kind !== "in" && kind !== "in?"), "sums before what is read");
      assertEquals(layout.findIndex(isOut), sums, "sums behind what is written");
    }
    const shapes = layout.map(({ kind }) => kind === "shape"), first = layout.findIndex(({ name }) => name === "n");
    assert(first < 0 || shapes.lastIndexOf(true) < first, "n before a shape");
    const quantizer = layout.findIndex(isQuantizers);
    if (quantizer < 0) return;
    const quantized = layout[quantizer - 1]!;
    assert(isOut(quantized) && ["y", "dx", "dz", "dlogits"].includes(quantized.name), `quantizer of ${quantized.name}`);
    const names = layout.slice(quantizer, quantizer + 8).map(({ name }) => name.slice("quantizer.".length));
    assertEquals(names, ["bits", "stochastic", "seed", "step", "stream", "exponents", "exponent", "fine"]);
  });
}

Deno.test("the bias before a ReLU comes before the one behind it, and an index behind its tensor", () => {
  let pairs = 0;
  for (const [kernel, layout] of Object.entries(LAYOUTS)) {
    const names = layout.map(({ name }) => name);
    for (const [before, behind] of [["bias_before", "bias_behind"], ["before", "behind"]] as const) {
      if (!names.includes(behind)) continue;
      pairs++;
      assert(names.indexOf(before) < names.indexOf(behind), kernel);
      const tensors = ["scalars", "gradients"].filter((each) => names.includes(each));
      assert(tensors.length > 0 && tensors.every((each) => names.indexOf(each) < names.indexOf(before)), kernel);
    }
  }
  assertEquals(pairs, 8);
});
