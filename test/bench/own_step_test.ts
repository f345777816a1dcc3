import { assertEquals } from "@std/assert";
import { RANDOM_IMAGES } from "../../lib/bench/images.ts";
import { ownStep } from "../../lib/bench/own_step.ts";
import { METHODS } from "../../lib/exec/methods.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { buildPlan } from "../../lib/plan/models.ts";

Deno.test("a step is held to the peak of its method's own arithmetic", async () => {
  using library = await openLibrary();
  const plan = buildPlan("resnet-8", { height: 8, width: 8, channels: 1, classes: 2 });
  const setting = { isa: library.isa, threads: 1 };
  const arithmetics = METHODS.map((method) => {
    const contestant = ownStep(library, setting, method, { plan, batch: 1, phase: "inference", images: RANDOM_IMAGES });
    contestant.close();
    return [method, contestant.arithmetic];
  });
  assertEquals(arithmetics, [["eoq", "int8"], ["wageubn", "int8"], ["fixup-fp32", "fp32"], ["bn-fp32", "fp32"]]);
});
