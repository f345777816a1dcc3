import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { breakDown, phaseOf, sumByLayer } from "../../lib/bench/breakdown.ts";
import { RANDOM_IMAGES } from "../../lib/bench/images.ts";
import { breakdownSchema, STEP_PHASES } from "../../lib/report/bench.ts";
import { formatBreakdown } from "../../lib/bench/tables.ts";
import { METHODS } from "../../lib/exec/methods.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { buildPlan } from "../../lib/plan/models.ts";
import { convolutions } from "../../lib/plan/plan.ts";

Deno.test("breakdown: calls are sorted by what their kernel does", () => {
  assertEquals(phaseOf("int8_conv_forward_activate"), "forward");
  assertEquals(phaseOf("fp32_conv_backward_data"), "backward-data");
  assertEquals(phaseOf("int8_conv_backward_weights"), "backward-weights");
  const updates = ["int8_update", "int8_update_scalars", "int8_centre_gradients", "fp32_sgd_step"] as const;
  assertEquals(updates.map(phaseOf), ["update", "update", "update", "update"]);
  assertEquals((["int8_loss", "fp32_softmax_cross_entropy"] as const).map(phaseOf), ["loss", "loss"]);
  const others = ["int8_activate", "fp32_batchnorm_relu_backward", "int8_input"] as const;
  assertEquals(others.map(phaseOf), ["elementwise", "elementwise", "elementwise"]);
});

Deno.test("breakdown: times are summed by layer and phase", () => {
  const calls = ([
    ["fp32_from_uint8", "input"],
    ["fp32_conv_forward", "a"],
    ["fp32_batchnorm_relu_forward", "a.norm"],
    ["fp32_conv_forward", "b"],
    ["fp32_bias_forward", "b"],
    ["fp32_softmax_cross_entropy", "loss"],
    ["fp32_bias_backward", "b"],
    ["fp32_conv_backward_weights", "b"],
    ["fp32_conv_backward_data", "b"],
    ["fp32_conv_backward_weights", "a"],
    ["fp32_sgd_step", "b"],
    ["fp32_sgd_step", "b"],
  ] as const).map(([kernel, layer]) => ({ kernel, layer }));
  const sums = sumByLayer(calls, calls.map((_, i) => 1_000_000n << BigInt(i)));
  assertEquals([...sums.keys()], ["input", "a", "a.norm", "b", "loss"]);
  const cells = [...sums.values()].map((own) => STEP_PHASES.map((phase) => own[phase]));
  const expected = [
    [0, 0, 0, 0, 1, 0],
    [2, 0, 512, 0, 0, 0],
    [0, 0, 0, 0, 4, 0],
    [8, 256, 128, 3072, 80, 0],
    [0, 0, 0, 0, 0, 32],
  ];
  cells.forEach((own, i) => own.forEach((value, j) => assertAlmostEquals(value, expected[i]![j]!, 1e-9)));
});

for (const method of METHODS) {
  Deno.test(`breakdown: every layer of a ${method} step has its passes`, async () => {
    using library = await openLibrary();
    const plan = buildPlan("resnet-8", { height: 8, width: 8, channels: 3, classes: 4 });
    const job = { plan, method, batch: 2, images: RANDOM_IMAGES };
    const result = breakdownSchema.parse(breakDown(library, job, 0));
    const layers = new Map(result.layers.map(({ layer, milliseconds }) => [layer, milliseconds]));
    const convs = convolutions(plan);
    assertEquals(convs.length, 8);
    convs.forEach(({ name }, i) => {
      const milliseconds = layers.get(name)!;
      for (const phase of ["forward", "backward-weights", "update"] as const) {
        assert(milliseconds[phase]! > 0, `${name} ${phase}`);
      }
      assertEquals(milliseconds["backward-data"]! > 0, i > 0, name);
    });
    for (const [name, { loss }] of layers) assertEquals(loss! > 0, name === "loss", name);
    assertEquals(formatBreakdown(result).length, 1 + 1 + layers.size + 5);
  });
}
