import { assert, assertEquals } from "@std/assert";
import { breakDown, CallSorter, phaseOf } from "../../lib/bench/breakdown.ts";
import { breakdownSchema } from "../../lib/report/bench.ts";
import { formatBreakdown } from "../../lib/bench/tables.ts";
import { METHODS } from "../../lib/exec/methods.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { buildPlan } from "../../lib/plan/models.ts";

Deno.test("breakdown: calls are sorted by what their function does", () => {
  assertEquals(phaseOf("eoq_int8_conv_forward"), "forward");
  assertEquals(phaseOf("eoq_fp32_conv_backward_data"), "backward-data");
  assertEquals(phaseOf("eoq_int8_conv_backward_weights"), "backward-weights");
  assertEquals(
    ["eoq_int8_update", "eoq_int8_update_scalars", "eoq_int8_centre_gradients", "eoq_fp32_sgd_step"].map(phaseOf),
    [
      "update",
      "update",
      "update",
      "update",
    ],
  );
  assertEquals(["eoq_int8_loss", "eoq_fp32_softmax_cross_entropy"].map(phaseOf), ["loss", "loss"]);
  assertEquals(["eoq_int8_activate", "eoq_fp32_batchnorm_relu_backward", "eoq_tensor_write"].map(phaseOf), [
    "elementwise",
    "elementwise",
    "elementwise",
  ]);
});

Deno.test("breakdown: the order of the convolutions says whose a call is", () => {
  const sorter = new CallSorter(2);
  const WEIGHTS = [70, 71];
  for (let step = 0; step < 2; step++) {
    sorter.start();
    sorter.add("eoq_tensor_write", [1], 1);
    sorter.add("eoq_fp32_conv_forward", [1, WEIGHTS[0], 2], 2);
    sorter.add("eoq_fp32_batchnorm_relu_forward", [2], 4);
    sorter.add("eoq_fp32_conv_forward", [2, WEIGHTS[1], 3], 8);
    sorter.add("eoq_fp32_softmax_cross_entropy", [3], 16);
    sorter.add("eoq_fp32_conv_backward_weights", [2, 3, 4], 32);
    sorter.add("eoq_fp32_conv_backward_data", [3, WEIGHTS[1], 2], 64);
    sorter.add("eoq_fp32_batchnorm_relu_backward", [2], 128);
    sorter.add("eoq_fp32_conv_backward_weights", [1, 2, 5], 256);
    sorter.add("eoq_fp32_sgd_step", [WEIGHTS[1]], 512);
    sorter.add("eoq_fp32_sgd_step", [99], 1024);
    sorter.add("eoq_fp32_sgd_step", [WEIGHTS[0]], 2048);
  }
  const cells = [0, 1].map((layer) =>
    (["forward", "backward-data", "backward-weights", "update", "elementwise", "loss"] as const).map((phase) =>
      sorter.milliseconds(layer, phase)
    )
  );
  assertEquals(cells, [[2, 0, 256, 2048, 5, 0], [8, 64, 32, 1536, 128, 16]]);
  assertEquals(sorter.total(), 4095);
});

for (const method of METHODS) {
  Deno.test(`breakdown: every layer of a ${method} step has its passes`, async () => {
    using library = await openLibrary();
    const plan = buildPlan("resnet-8", { height: 8, width: 8, channels: 3, classes: 4 });
    const result = breakdownSchema.parse(breakDown(library, plan, method, 2, 0));
    assertEquals(result.layers.length, 8);
    result.layers.forEach(({ layer, milliseconds }, i) => {
      for (const phase of ["forward", "backward-weights", "update"] as const) {
        assert(milliseconds[phase]! > 0, `${layer} ${phase}`);
      }
      assertEquals(milliseconds["backward-data"]! > 0, i > 0, layer);
      assertEquals(milliseconds.loss! > 0, layer === "classifier", layer);
    });
    assertEquals(formatBreakdown(result).length, 1 + 1 + 8 + 4);
  });
}
