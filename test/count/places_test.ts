import { assert, assertEquals } from "@std/assert";
import { type Method, METHODS } from "../../lib/exec/methods.ts";
import { outlineOf } from "../../lib/exec/outline.ts";
import type { ConvShape, Geometry } from "../../lib/native/conv_shape.ts";
import type { Call } from "../../lib/native/program.ts";
import type { Tensor } from "../../lib/native/tensor.ts";
import {
  type BlockPlan,
  branchEnds,
  convElements,
  convolutions,
  type ConvPlan,
  type Plan,
} from "../../lib/plan/plan.ts";
import { PLANS as FP32_PLANS } from "./plans_fp32.ts";
import { PLANS as INT8_PLANS } from "./plans_int8.ts";

const BATCH = 3;

/** Layers of what is the same in every network. */
const FIXED: readonly (readonly [RegExp, string])[] = [
  [/int8_input|from_uint8/, "input"],
  [/loss|softmax/, "loss"],
  [/(int8|fp32)_pool/, "average-pool"],
  [/scalars/, "scalars"],
];

function phaseOf({ kernel }: Call, behindLoss: boolean): Call["phase"] {
  if (/update|sgd_step|centre/.test(kernel)) return "update";
  return behindLoss ? "backward" : "forward";
}

/** The words of a call, whatever its kernel. */
type AnyWords = Readonly<Record<string, unknown>> & { readonly shape?: ConvShape; readonly weights?: Tensor };

const sizesOf = ({ height, width, inputs, outputs, kernel, stride, padding }: Geometry) => {
  return { height, width, inputs, outputs, kernel, stride, padding };
};

/** Asserts that the sizes of a call are those of the layer that it names. */
function checkLayer(plan: Plan, call: Call): void {
  const { kernel, layer } = call, { shape, weights, ...words }: AnyWords = call.words;
  const named = FIXED.find(([pattern]) => pattern.test(kernel))?.[1];
  if (named !== undefined) return assertEquals(layer, named, kernel);
  const pools = plan.layers.flatMap((each) => each.kind === "max-pool" ? [each.pool] : []);
  const pool = pools.find(({ name }) => name === layer), about = `${kernel} of ${layer}`;
  if (pool !== undefined) {
    const { height, width, channels } = pool;
    if (shape === undefined) return assertEquals(words.count, BATCH * height * width * channels, about);
    return assertEquals(sizesOf(shape.geometry), sizesOf({ ...pool, inputs: channels, outputs: channels }), about);
  }
  if (layer === "scalars") return assertEquals(kernel, "fp32_sgd_step");
  const conv = convolutions(plan).find(({ name }) => name === layer.replace(/\.norm$/, ""));
  assert(conv !== undefined, about);
  const norm = layer.endsWith(".norm"), c = conv.outputs, elements = convElements(conv);
  if (/conv_/.test(kernel)) assertEquals([sizesOf(shape!.geometry), norm], [sizesOf(conv), false], about);
  if (/batchnorm/.test(kernel)) {
    assertEquals([words.pixels, words.c, norm], [BATCH * elements.output / c, c, true], about);
  }
  if (/fixup/.test(kernel)) assertEquals(words.count, BATCH * elements.output, about);
  if (/int8_update|sgd_step/.test(kernel)) {
    // Gammas and betas, together or each; a bias.
    assert((norm ? [2 * c, c] : [elements.weights, c]).includes(weights!.count), about);
  }
  const blocks = plan.layers.flatMap((each) => each.kind === "block" ? [each.block] : []);
  const isOf = (of: (block: BlockPlan) => ConvPlan | undefined) => blocks.some((block) => of(block)?.name === layer);
  if (/residual/.test(kernel)) assert(isOf((block) => branchEnds(block).last), about);
  if (/add_bias/.test(kernel)) assert(isOf((block) => branchEnds(block).first), about);
  if (/shortcut_forward|int8_shortcut/.test(kernel)) {
    assert(isOf((block) => block.shortcut.kind === "pad" ? branchEnds(block).first : undefined), about);
  }
}

/** How often each convolution runs each way. */
function passesOf(calls: readonly Call[], kernel: RegExp): string[] {
  return calls.filter((call) => kernel.test(call.kernel)).map(({ layer }) => layer).sort();
}

function checkPlaces(method: Method, plan: Plan): void {
  const { training, inference } = outlineOf(method, { plan, batch: BATCH });
  const loss = training.calls.findIndex(({ kernel }) => /loss|softmax/.test(kernel));
  training.calls.forEach((call, i) => {
    assertEquals(call.phase, phaseOf(call, i > loss), `${call.kernel} of ${call.layer}`);
    checkLayer(plan, call);
  });
  for (const { program } of inference) for (const { phase } of program.calls) assertEquals(phase, "forward");
  const names = convolutions(plan).map(({ name }) => name), first = names[0]!;
  assertEquals(passesOf(training.calls, /conv_forward/), names.toSorted());
  assertEquals(passesOf(training.calls, /conv_backward_weights/), names.toSorted());
  assertEquals(passesOf(training.calls, /conv_backward_data/), names.filter((name) => name !== first).toSorted());
}

for (const method of METHODS) {
  Deno.test(`${method}: each call is placed in the layer that its sizes are of, and in its phase`, () => {
    for (const plan of method.endsWith("fp32") ? FP32_PLANS : INT8_PLANS) checkPlaces(method, plan);
  });
}
