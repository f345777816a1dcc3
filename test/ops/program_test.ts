import { assert, assertEquals } from "@std/assert";
import { listCalls } from "../../lib/exec/listing.ts";
import { METHODS } from "../../lib/exec/methods.ts";
import { outlineOf } from "../../lib/exec/outline.ts";
import { formatProgram } from "../../lib/ops/program.ts";
import { PlanBuilder } from "../../lib/plan/builder.ts";
import { SMALL_PLANS } from "../exec/plans.ts";

const PLAN = new PlanBuilder("tiny", { height: 4, width: 4, channels: 1, classes: 2 })
  .conv({ name: "conv", outputs: 3, kernel: 3, stride: 2 })
  .flatten()
  .build();

const listed = () => ({
  model: "tiny",
  method: "fixup-fp32",
  batch: 2,
  calls: listCalls(outlineOf("fixup-fp32", { plan: PLAN, batch: 2 }).training),
} as const);

Deno.test("program: a line a call, tensors by number, what is written behind the arrow, slots last", () => {
  assertEquals(
    formatProgram(listed(), { width: Infinity, color: false }),
    `\
tiny: a training step of fixup-fp32, 2 images, 15 calls

    layer       phase     kernel                      operands
0   input       forward   fp32_from_uint8             images %0 uint8[32] -> x %1 fp32[32]
1   conv        forward   fp32_conv_forward           x %1, weights %2 fp32[27] -> y %3 fp32[24]
2   conv        forward   fp32_fixup_relu_forward     x %3, scalars %4 fp32[1] -> y %3
3   classifier  forward   fp32_conv_forward           x %3, weights %5 fp32[24] -> y %6 fp32[4]
4   classifier  forward   fp32_bias_forward           y %6, bias %7 fp32[2] -> y %6
5   loss        forward   fp32_softmax_cross_entropy  logits %6, labels %8 int16[2] -> dlogits %9 fp32[4], metrics %10 fp64[2] $share $smoothing
6   classifier  backward  fp32_bias_backward          dy %9 -> dbias %11 fp32[2]
7   classifier  backward  fp32_conv_backward_weights  x %3, dy %9 -> dweights %12 fp32[24]
8   classifier  backward  fp32_conv_backward_data     dy %9, weights %5 -> dx %13 fp32[24]
9   conv        backward  fp32_fixup_relu_backward    dy %13, y %3, scalars %4, gradients %14 fp32[1] -> y %3, gradients %14
10  conv        backward  fp32_conv_backward_weights  x %1, dy %3 -> dweights %15 fp32[27]
11  conv        update    fp32_sgd_step_centered      weights %2, velocity %16 fp32[27], gradient %15 -> weights %2, velocity %16 $rate
12  classifier  update    fp32_sgd_step_centered      weights %5, velocity %17 fp32[24], gradient %12 -> weights %5, velocity %17 $rate
13  classifier  update    fp32_sgd_step               weights %7, velocity %18 fp32[2], gradient %11 -> weights %7, velocity %18 $scalarRate
14  scalars     update    fp32_sgd_step               weights %4, velocity %19 fp32[1], gradient %14 -> weights %4, velocity %19 $scalarRate

%N is a tensor, with its type and elements where it comes first; -> stands
before what is written; $NAME is another number in each step.`,
  );
});

Deno.test("program: where a line is short, operands go on below, and none is lost", () => {
  const wide = formatProgram(listed(), { width: Infinity, color: false });
  const narrow = formatProgram(listed(), { width: 90, color: false });
  const words = (text: string) => text.split(/\s+/).filter((word) => word !== "").join(" ");
  assertEquals(words(narrow), words(wide));
  assert(narrow.split("\n").every((line) => line.length <= 110), narrow);
  assert(narrow.split("\n").length > wide.split("\n").length);
});

Deno.test("program: a tensor is read after it was written, but for weights, momenta and what is loaded", () => {
  const given =
    /^(images|labels|weights|scalars|momentum|velocity|fraction|norm|running|gamma|beta|bias|gradients|exponents)/;
  for (const method of METHODS) {
    for (const plan of SMALL_PLANS) {
      const written = new Set<number>();
      for (const { kernel, reads, writes } of listCalls(outlineOf(method, { plan, batch: 2 }).training)) {
        for (const { name, tensor } of reads) {
          assert(written.has(tensor) || given.test(name), `${method} ${plan.model}: ${kernel} reads ${name}`);
        }
        for (const { tensor } of writes) written.add(tensor);
      }
    }
  }
});
