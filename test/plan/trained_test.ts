import { assertEquals, assertThrows } from "@std/assert";
import { buildPlan } from "../../lib/plan/models.ts";
import { firstTrained, frozenConvolutions, isTrained, type Trained, trainedPart } from "../../lib/plan/trained.ts";
import { SMALL_PLANS } from "../exec/plans.ts";

const RESNET = buildPlan("resnet-8", { height: 32, width: 32, channels: 3, classes: 10 });
const LENET = buildPlan("lenet", { height: 28, width: 28, channels: 1, classes: 10 });
const MLP = buildPlan("mlp", { height: 28, width: 28, channels: 1, classes: 10 });

const names = (...given: Parameters<typeof frozenConvolutions>) => frozenConvolutions(...given).map(({ name }) => name);

Deno.test("trained: the last layers with weights, a block being one, the classifier the last", () => {
  assertEquals(trainedPart(RESNET, "classifier"), { layers: ["classifier"], weights: 640, of: 74_800 });
  assertEquals(trainedPart(RESNET, "last:1"), trainedPart(RESNET, "classifier"));
  const last2 = trainedPart(RESNET, "last:2");
  assertEquals(last2, {
    layers: ["stage3.block1", "classifier"],
    weights: 640 + 9 * 32 * 64 + 9 * 64 * 64,
    of: 74_800,
  });
  assertEquals(names(RESNET, "last:3"), ["stem", "stage1.block1.conv1", "stage1.block1.conv2"]);
  assertEquals(trainedPart(LENET, "last:4").layers, ["conv2", "dense1", "dense2", "classifier"]);
  assertEquals(names(LENET, "last:4"), ["conv1"]);
  assertEquals(names(MLP, "last:2"), ["hidden1"]);
});

Deno.test("trained: a projection is frozen with its block", () => {
  assertEquals(names(SMALL_PLANS[0]!, "last:3").slice(-3), ["basic2.conv1", "basic2.conv2", "basic2.projection"]);
});

Deno.test("trained: as many as there are, and all, freeze nothing; more are refused", () => {
  for (const [plan, count] of [[RESNET, 5], [LENET, 5], [MLP, 3]] as const) {
    for (const all of ["all", `last:${count}`] as const) {
      assertEquals([firstTrained(plan, all), names(plan, all)], [0, []]);
    }
    assertThrows(
      () => firstTrained(plan, `last:${count + 1}`),
      RangeError,
      `${plan.model} has ${count} layers with weights`,
    );
  }
});

Deno.test("trained: its words", () => {
  const words: Trained[] = ["all", "classifier", "last:1", "last:12"];
  assertEquals(words.map(isTrained), words.map(() => true));
  for (const word of ["", "none", "last", "last:", "last:0", "last:-1", "last:1.5", "last:01", "last:1 ", "Last:1"]) {
    assertEquals(isTrained(word), false, word);
  }
});
