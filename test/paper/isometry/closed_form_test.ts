import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/errors.ts";
import { normal, uniformSource } from "../../../lib/exec/fp32/random.ts";
import { expectedPhis, pairsInside } from "../../../lib/paper/isometry/closed_form.ts";
import { normalCumulative } from "../../../lib/paper/isometry/normal.ts";
import { Rectified } from "../../../lib/paper/isometry/rectified.ts";
import { buildPlan } from "../../../lib/plan/models.ts";
import type { BlockPlan, ConvPlan } from "../../../lib/plan/plan.ts";

const IMAGES = { height: 32, width: 32, channels: 3, classes: 10 };

function blocksOf(model: string): BlockPlan[] {
  return buildPlan(model, IMAGES).layers.flatMap((layer) => layer.kind === "block" ? [layer.block] : []);
}

Deno.test("normal: cumulative probabilities of the tables", () => {
  for (const [x, probability] of [[0, 0.5], [1, 0.8413447], [1.96, 0.9750021], [-1, 0.1586553], [-3, 0.0013499]]) {
    assertAlmostEquals(normalCumulative(x!), probability!, 2e-7);
  }
});

Deno.test("rectified: atom, mean and power of a rectified normal, and of a second step, against samples", () => {
  const first = Rectified.nothing().plusNormal(2);
  assertAlmostEquals(first.zero, 0.5, 1e-6);
  assertAlmostEquals(first.mean, 2 / Math.sqrt(2 * Math.PI), 1e-3);
  assertAlmostEquals(first.power, 2, 1e-3);

  const second = first.plusNormal(1.5);
  const count = 200_000;
  const [a, b] = [normal(uniformSource(1, 0), count, 2), normal(uniformSource(2, 0), count, 1.5)];
  const samples = a.map((x, i) => Math.max(0, Math.max(0, x) + b[i]!));
  const average = (value: (x: number) => number) => samples.reduce((sum, x) => sum + value(x), 0) / count;
  const error = 4 / Math.sqrt(count);
  assertAlmostEquals(second.zero, average((x) => x === 0 ? 1 : 0), 0.5 * error);
  assertAlmostEquals(second.mean, average((x) => x), 2 * error);
  assertAlmostEquals(second.power, average((x) => x * x), 8 * error);
});

/** Share of pairs of taps that stay inside, by walking over all of them. */
function countPairs(first: ConvPlan, second: ConvPlan): number {
  const side = (conv: ConvPlan) => Math.floor((conv.height + 2 * conv.padding - conv.kernel) / conv.stride) + 1;
  let inside = 0, all = 0;
  for (let o = 0; o < side(second); o++) {
    for (let k = 0; k < second.kernel; k++) {
      const at = o * second.stride - second.padding + k;
      for (let j = 0; j < first.kernel; j++) {
        const pixel = at * first.stride - first.padding + j;
        all++;
        if (at >= 0 && at < side(first) && pixel >= 0 && pixel < first.height) inside++;
      }
    }
  }
  return (inside / all) ** 2;
}

Deno.test("closed form: pairs of taps that the padding leaves", () => {
  for (const { convs: [first, second] } of blocksOf("resnet-14")) {
    assertAlmostEquals(pairsInside(first!, second!), countPairs(first!, second!), 1e-12);
  }
});

Deno.test("closed form: Fixup's blocks are masks, half alive, the appended channels dead", () => {
  const phis = expectedPhis(buildPlan("resnet-20", IMAGES), "fixup");
  [0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125, 0.125, 0.125].forEach((phi, i) => assertAlmostEquals(phis[i]!, phi, 1e-6));
});

Deno.test("closed form: the first block of He, 5/8 alive, the shortcut and a branch of twice the padding's share", () => {
  const [block] = blocksOf("resnet-20");
  const share = pairsInside(block!.convs[0]!, block!.convs[1]!);
  // P(x + b > 0) for x = relu(g), b = N(0, share) is 1/4 + P(g > 0, g + b > 0) = 5/8 at share = 1.
  const alive = 1 / 4 + 1 / 4 + Math.atan(1 / Math.sqrt(share)) / (2 * Math.PI);
  assertAlmostEquals(expectedPhis(buildPlan("resnet-20", IMAGES), "none")[0]!, alive * (2 * share + 1), 1e-3);
});

Deno.test("closed form: batch norm comes closer to 1 the deeper a stage, He stays away from it", () => {
  const stage = (norm: "bn" | "none") => expectedPhis(buildPlan("resnet-110", IMAGES), norm).slice(0, 18);
  const bn = stage("bn");
  assertEquals(bn.toSorted((a, b) => b - a), bn);
  assertAlmostEquals(bn.at(-1)!, 1, 0.1);
  for (const phi of stage("none")) assertAlmostEquals(phi, 1.85, 0.1);
});

Deno.test("closed form: refuses blocks that it does not speak of", () => {
  const plan = buildPlan("resnet-8", IMAGES);
  const layers = plan.layers.map((layer) =>
    layer.kind === "block" ? { ...layer, block: { ...layer.block, convs: layer.block.convs.slice(1) } } : layer
  );
  assertThrows(() => expectedPhis({ ...plan, layers }, "bn"), UserError, "stage1.block1");
});
