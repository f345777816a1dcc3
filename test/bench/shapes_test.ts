import { assertEquals } from "@std/assert";
import {
  batchMacs,
  convolutionShapes,
  gemmShapes,
  KEY_CONVOLUTIONS,
  productOf,
  shapeName,
} from "../../lib/bench/shapes.ts";
import { forwardMacs } from "../../lib/count/taps.ts";
import { convolutions } from "../../lib/plan/plan.ts";
import { buildPlan } from "../../lib/plan/models.ts";

const COLOUR = buildPlan("resnet-20", { height: 32, width: 32, channels: 3, classes: 10 });
const GREY = buildPlan("resnet-8", { height: 28, width: 28, channels: 1, classes: 10 });

Deno.test("shapes: those of a network and the special ones, each once", () => {
  assertEquals(convolutionShapes(COLOUR, 8).map(({ name }) => name), [
    "3-16@32x32 batch 8",
    "16@32x32 batch 8",
    "16-32@32x32/2 batch 8",
    "32@16x16 batch 8",
    "32-64@16x16/2 batch 8",
    "64@8x8 batch 8",
    "64-10@1x1 1x1 batch 8",
    "64@16x16 1x1 batch 8",
    "1-16@28x28 batch 8",
  ]);
  const grey = convolutionShapes(GREY, 1).map(({ name }) => name);
  assertEquals(grey.filter((name) => name === "1-16@28x28 batch 1").length, 1);
  for (const conv of KEY_CONVOLUTIONS) assertEquals(grey.includes(`${shapeName(conv)} batch 1`), true);
  assertEquals(new Set(grey).size, grey.length);
});

Deno.test("shapes: a first layer has no error to pass on", () => {
  for (const { conv, phases } of convolutionShapes(COLOUR, 1)) {
    assertEquals(phases.includes("backward-data"), conv.inputs > 3, conv.name);
    assertEquals([phases[0], phases.at(-1)], ["forward", "backward-weights"]);
  }
});

Deno.test("shapes: a product multiplies as often as its convolution", () => {
  const [, conv] = convolutions(COLOUR);
  assertEquals(batchMacs(conv!, 128), 128 * 32 * 32 * 16 * 16 * 9);
  for (const each of convolutions(COLOUR)) assertEquals(batchMacs(productOf(each), 3), batchMacs(each, 3));
  assertEquals(gemmShapes(COLOUR, 128).map(({ name }) => name).slice(0, 3), [
    "GEMM 131072x16x27",
    "GEMM 131072x16x144",
    "GEMM 32768x32x144",
  ]);
  const all = convolutions(COLOUR).reduce((sum, each) => sum + batchMacs(each, 2), 0);
  assertEquals(all, 2 * forwardMacs(COLOUR));
});
