import { assert, assertEquals } from "@std/assert";
import { countTraffic } from "../../lib/count/count.ts";
import type { Move } from "../../lib/count/formula.ts";
import { trafficOf } from "../../lib/count/parts.ts";
import { outlineOf } from "../../lib/exec/outline.ts";
import type { Call } from "../../lib/native/program.ts";
import { callsOf } from "./counting.ts";
import { type Arguments, argumentsOf, sizesOf, trafficLines } from "./moves.ts";
import { BATCHES, PLANS } from "./plans_fp32.ts";

/** Elements of 4 bytes unless said otherwise: tensor, read, written. */
type Passes = [tensor: Move["tensor"], read: number, written: number, bytes?: number][];

const present = (indices: (number | undefined)[]) => indices.filter((index) => index! >= 0).length;

/** The passes of each kernel over its tensors, by its arguments. */
const PASSES: Readonly<Record<string, (args: Arguments) => Passes>> = {
  from_uint8: ({ count }) => [["activations", count!, 0, 1], ["activations", 0, count!]],
  conv_forward: (args) => {
    const { x, y, w } = sizesOf(args);
    return [["activations", x, y], ["weights", w, 0]];
  },
  conv_backward_data: (args) => {
    const { x, y, w } = sizesOf(args);
    return [["errors", y, x], ["weights", w, 0]];
  },
  conv_backward_weights: (args) => {
    const { x, y, w } = sizesOf(args);
    return [["activations", x, 0], ["errors", y, 0], ["gradients", 0, w]];
  },
  batchnorm_relu_forward: ({ residual, pixels, c }) => {
    const x = pixels! * c!;
    return [
      ["activations", x, 0], // moments
      ["activations", residual === 0 ? x : 2 * x, x],
      ["activations", 0, 2 * c!],
      ["weights", 4 * c!, 2 * c!],
    ];
  },
  batchnorm_relu_inference: ({ residual, pixels, c }) => [
    ["activations", (residual === 0 ? 1 : 2) * pixels! * c!, pixels! * c!],
    ["weights", 4 * c!, 0],
  ],
  batchnorm_relu_backward: ({ skip, y, pixels, c }) => {
    const x = pixels! * c!;
    return [
      ["errors", skip === 0 ? x : 2 * x, y === 0 ? 0 : x], // sums, and the masked error where y is there
      ["activations", y === 0 ? x : 2 * x, 0],
      ["errors", x, x], // dx
      ["activations", x, 0],
      ["weights", 2 * c!, 0],
      ["activations", 2 * c!, 0],
      ["gradients", 0, 2 * c!],
    ];
  },
  fixup_relu_forward: ({ residual, count, scale, before, less, behind }) => [
    ["activations", (residual === 0 ? 1 : 2) * count!, count!],
    ["weights", present([scale, before, less, behind]), 0],
  ],
  fixup_relu_backward: ({ skip, count, before, behind }) => [
    ["errors", (skip === 0 ? 1 : 2) * count!, count!],
    ["activations", count!, 0],
    ["weights", present([before, behind]), 0],
    ["gradients", 0, present([before, behind])],
  ],
  fixup_residual_backward: ({ skip, count, scale, before, behind }) => [
    ["errors", (skip === 0 ? 1 : 2) * count!, 2 * count!],
    ["activations", 2 * count!, 0],
    ["weights", present([scale, before, behind]), 0],
    ["gradients", 0, present([scale, before, behind])],
  ],
  shortcut_forward: ({ n, h, w, c, k, stride }) => {
    const pixels = n! * Math.ceil(h! / stride!) * Math.ceil(w! / stride!);
    return [["activations", pixels * c!, pixels * k!]];
  },
  shortcut_backward: ({ n, h, w, c, stride }) => {
    const added = n! * Math.ceil(h! / stride!) * Math.ceil(w! / stride!) * c!;
    return [["errors", 2 * added, added]];
  },
  max_pool_forward: (args) => {
    const { x, y } = sizesOf(args);
    return [["activations", x, y], ["activations", 0, args.places === 0 ? 0 : y, 1]];
  },
  max_pool_backward: (args) => {
    const { x, y } = sizesOf(args);
    return [["errors", y, x], ["activations", y, 0, 1]];
  },
  pool_forward: ({ n, pixels, c }) => [["activations", n! * pixels! * c!, n! * c!]],
  pool_backward: ({ n, pixels, c }) => [["errors", n! * c!, n! * pixels! * c!]],
  bias_forward: ({ n, c }) => [["activations", n! * c!, n! * c!], ["weights", c!, 0]],
  bias_backward: ({ n, c }) => [["errors", n! * c!, 0], ["gradients", 0, c!]],
  softmax_cross_entropy: ({ dlogits, n, classes }) => [
    ["activations", n! * classes!, 0],
    ["errors", 0, dlogits === 0 ? 0 : n! * classes!],
  ],
  sgd_step: ({ count }) => [["weights", count!, count!], ["optimizer", count!, count!], ["gradients", count!, 0]],
  sgd_step_centered: ({ k, length }) => {
    const count = k! * length!;
    return [["weights", count, count], ["optimizer", count, count], ["gradients", 2 * count, 0]];
  },
};

function movesOf(call: Call): Move[] {
  const passes = PASSES[call.kernel.replace("fp32_", "")]!(argumentsOf(call));
  return passes.map(([tensor, read, written, bytes = 4]) => ({ tensor, read: bytes * read, written: bytes * written }));
}

for (const method of ["bn-fp32", "fixup-fp32"] as const) {
  Deno.test(`${method}: bytes by layer, phase and tensor are those of the kernels that are called`, () => {
    for (const plan of PLANS) {
      for (const batch of BATCHES) {
        const centredGradients = batch > 1;
        const called = callsOf(outlineOf(method, { plan, batch, centredGradients }))
          .map(({ call, phase }) => ({ layer: call.layer, phase, operations: {}, moves: movesOf(call) }));
        assert(called.length > 3 * plan.layers.length);
        assertEquals(
          trafficLines(countTraffic(plan, method, batch, { centredGradients })),
          trafficLines(trafficOf(called)),
          `${plan.model}, batch ${batch}`,
        );
      }
    }
  });
}
