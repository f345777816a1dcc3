import { assertAlmostEquals, assertEquals } from "@std/assert";
import { fixupDeviations, fixupLayout, heDeviation } from "../../lib/exec/fixup.ts";
import { scalarLayout } from "../../lib/exec/fp32/scalars.ts";
import { EOQ_RECIPE, PAPER_RECIPE } from "../../lib/exec/recipe.ts";
import { buildPlan } from "../../lib/plan/models.ts";
import { convolutions } from "../../lib/plan/plan.ts";
import { SMALL_PLANS, tinyImagenet } from "./plans.ts";

const PLAN = tinyImagenet({ height: 27, width: 22, channels: 3, classes: 4 });

/** By name, of the four blocks above. */
const PUBLISHED = {
  "stem": (1 / (7 * 7 * 3)) ** 0.5,
  "basic1.conv1": (2 / (9 * 8)) ** 0.5 * 4 ** -0.5,
  "basic1.conv2": 0,
  "basic2.conv1": (2 / (9 * 12)) ** 0.5 * 4 ** -0.5,
  "basic2.conv2": 0,
  "basic2.projection": (2 / 12) ** 0.5,
  "bottleneck1.conv1": (2 / 8) ** 0.5 * 4 ** -0.25,
  "bottleneck1.conv2": (2 / (9 * 8)) ** 0.5 * 4 ** -0.25,
  "bottleneck1.conv3": 0,
  "bottleneck1.projection": (2 / 16) ** 0.5,
  "bottleneck2.conv1": (2 / 8) ** 0.5 * 4 ** -0.25,
  "bottleneck2.conv2": (2 / (9 * 8)) ** 0.5 * 4 ** -0.25,
  "bottleneck2.conv3": 0,
  "classifier": 0,
};

Deno.test("fixup: deviations are those of the paper, in the order of the convolutions", () => {
  const deviations = fixupDeviations(PLAN);
  assertEquals([...deviations.keys()].map(({ name }) => name), Object.keys(PUBLISHED));
  [...deviations.values()].forEach((value, i) => {
    const [name, expected] = Object.entries(PUBLISHED)[i]!;
    assertAlmostEquals(value, expected, 1e-12, name);
  });
  for (const plan of SMALL_PLANS) assertEquals([...fixupDeviations(plan).keys()], convolutions(plan));
});

Deno.test("fixup: without blocks weights are He's by fan in, and the classifier is zero", () => {
  const plan = buildPlan("lenet", { height: 14, width: 17, channels: 1, classes: 4 });
  for (const [conv, value] of fixupDeviations(plan)) {
    const { kernel, inputs } = conv;
    assertAlmostEquals(value, conv === plan.classifier ? 0 : (2 / (kernel * kernel * inputs)) ** 0.5, 1e-12);
  }
});

Deno.test("fixup: a rule scales branches, up to He's deviation, and takes their zeros away", () => {
  const branches = PLAN.layers.flatMap((layer) => layer.kind === "block" ? [layer.block.convs] : []);
  const factors = (rule: Partial<typeof PAPER_RECIPE>) => {
    const deviations = fixupDeviations(PLAN, { ...PAPER_RECIPE, ...rule });
    return branches.map((convs) => convs.map((conv) => Math.round(1000 * deviations.get(conv)! / heDeviation(conv))));
  };
  assertEquals(factors({ branchGain: 24 }), [[750, 0], [750, 0], [1000, 1000, 0], [1000, 1000, 0]]);
  assertEquals(factors({ branchGain: 8, fixupZeros: false }), [
    [250, 250],
    [250, 250],
    [354, 354, 354],
    [354, 354, 354],
  ]);
  const he = [[1000, 0], [1000, 0], [1000, 1000, 0], [1000, 1000, 0]];
  assertEquals(factors({ branchGain: 8, fixupScaling: false }), he);
  assertEquals(factors({ branchGain: EOQ_RECIPE.branchGain }), he);
});

Deno.test("fixup: a rule has the classifier start at so many sixteenths of 1/sqrt(inputs)", () => {
  const deviation = (classifierGain: number) =>
    fixupDeviations(PLAN, { ...PAPER_RECIPE, classifierGain }).get(PLAN.classifier)!;
  const one = 1 / Math.sqrt(PLAN.classifier.inputs);
  assertEquals([0, 8, 16, 64].map(deviation), [0, one / 2, one, 4 * one]);
});

Deno.test("fixup: biases stand in the order of the forward pass, multipliers behind them", () => {
  const { convs, blocks, pool, classifier, biases, scales } = fixupLayout(PLAN, 4);
  const [stem, ...branches] = [...convs].map(([{ name }, { input, output }]) => [name, input, output]);
  assertEquals(stem, ["stem", -1, 0]);
  assertEquals(branches, [
    ["basic1.conv1", 1, 2],
    ["basic1.conv2", 3, 4],
    ["basic2.conv1", 5, 6],
    ["basic2.conv2", 7, 8],
    ["bottleneck1.conv1", 9, 10],
    ["bottleneck1.conv2", 11, 12],
    ["bottleneck1.conv3", 13, 14],
    ["bottleneck2.conv1", 15, 16],
    ["bottleneck2.conv2", 17, 18],
    ["bottleneck2.conv3", 19, 20],
  ]);
  assertEquals({ pool, classifier, biases, scales }, { pool: 21, classifier: 22, biases: 26, scales: 4 });
  assertEquals([...blocks].map(([{ name }, scale]) => [name, scale]), [
    ["basic1", 26],
    ["basic2", 27],
    ["bottleneck1", 28],
    ["bottleneck2", 29],
  ]);
});

Deno.test("fixup: around a ReLU stand its convolution's bias and that of what comes next", () => {
  const plan = buildPlan("resnet-8", { height: 9, width: 10, channels: 2, classes: 3 });
  const { relus, scales, count } = scalarLayout(plan);
  assertEquals([...relus].map(([{ name }, { scale, before, less, behind }]) => [name, scale, before, less, behind]), [
    ["stem", -1, 0, -1, 1],
    ["stage1.block1.conv1", -1, 2, -1, 3],
    ["stage1.block1.conv2", 14, 4, 1, 5],
    ["stage2.block1.conv1", -1, 6, -1, 7],
    ["stage2.block1.conv2", 15, 8, -1, 9],
    ["stage3.block1.conv1", -1, 10, -1, 11],
    ["stage3.block1.conv2", 16, 12, -1, 13],
  ]);
  assertEquals([scales, count], [14, 17]);
});
