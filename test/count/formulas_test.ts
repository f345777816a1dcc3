import { assertEquals, assertThrows } from "@std/assert";
import type { Counted, Setting } from "../../lib/count/formula.ts";
import { countCall } from "../../lib/count/formulas.ts";
import { operationsOf } from "../../lib/count/kinds.ts";
import { trafficOf } from "../../lib/count/parts.ts";
import { ConvShape } from "../../lib/native/conv_shape.ts";
import type { KernelName } from "../../lib/native/declarations.ts";
import type { Library } from "../../lib/native/library.ts";
import type { Call } from "../../lib/native/program.ts";
import { Tensor, type TensorType } from "../../lib/native/tensor.ts";
import { NEAREST, type Quantizer, Slot, type Words } from "../../lib/native/words.ts";
import { openCounting, takeTallies } from "./counting.ts";

const SETTING: Setting = { path: undefined, smoothed: false };
const PLACE = { layer: "layer", phase: "backward" } as const;
const N = 3, GEOMETRY = { height: 5, width: 7, inputs: 3, outputs: 4, kernel: 3, stride: 2, padding: 1 };
const INPUT = N * 5 * 7 * 3, OUTPUT = N * 3 * 4 * 4, WEIGHTS = 4 * 9 * 3;

function callOf<K extends KernelName>(kernel: K, words: Words<K>): Call {
  return { kernel, words, ...PLACE } as Call;
}

function tensors(library: Library) {
  return (type: TensorType, count: number) => {
    const tensor = new Tensor(library, type, count);
    if (type === "int8") tensor.write(new Int8Array(count).map((_, i) => i * 37 % 255 - 127));
    if (type === "int32") tensor.write(new Int32Array(count).map((_, i) => (i * 7919 % 20001 - 10000) * 3));
    return tensor;
  };
}

/** Every way of quantizing an error of so many elements. */
function quantizers(tensor: (type: TensorType, count: number) => Tensor, count: number): Quantizer[] {
  return [
    NEAREST,
    { ...NEAREST, bits: 5 },
    { ...NEAREST, stochastic: 1, stream: 9 },
    { ...NEAREST, fine: tensor("int8", count) },
    { ...NEAREST, bits: 6, stochastic: 1, stream: 9, fine: tensor("int8", count) },
  ];
}

/** Asserts that a call executes what its formula says. */
function checkCall<K extends KernelName>(library: Library, kernel: K, words: Words<K>): void {
  takeTallies(library);
  library.call(kernel, words);
  const { operations, overhead = {} } = countCall(callOf(kernel, words), SETTING);
  assertEquals(
    takeTallies(library),
    { operations: operationsOf(operations), overhead: operationsOf(overhead) },
    kernel,
  );
}

Deno.test("formulas: kernels that networks call together with a convolution alone are counted alone, too", async () => {
  using library = await openCounting();
  const tensor = tensors(library), gradients = tensor("int64", 4), mask = tensor("bits", INPUT);
  const shapes = [GEOMETRY.stride, 1].flatMap((stride) =>
    [3, 4].map((outputs) => new ConvShape(library, { ...GEOMETRY, stride, outputs, kernel: 1, padding: 0 }))
  );
  for (const quantizer of quantizers(tensor, INPUT)) {
    const behind = { gradients, bias_before: 0, bias_behind: 1, mask, quantizer };
    const [x, dx, du] = [tensor("int32", INPUT), tensor("int8", INPUT), tensor("int32", INPUT)];
    if (quantizer.fine === undefined) {
      for (const each of [mask, undefined]) {
        const words = { x, scalars: undefined, bias: -1, y: dx, quantizer, mask: each, count: INPUT };
        checkCall(library, "int8_activate", words);
      }
    }
    checkCall(library, "int8_activate_backward", { dy: x, ...behind, dx, count: INPUT });
    for (const shape of shapes) {
      for (const shortcut_behind of [0, 1]) {
        const dr = tensor("int8", INPUT * 2);
        checkCall(library, "int8_block_backward", { du, dr, shortcut_behind, ...behind, dx, shape, n: N });
      }
    }
  }
});

/** What several calls come to. */
function sumOf(calls: readonly Call[]): unknown {
  const counted = calls.map((call) => ({ ...PLACE, ...countCall(call, SETTING) }));
  const total = (of: (each: Counted) => Counted["operations"]) =>
    Object.keys(operationsOf({})).map((kind) =>
      counted.reduce((sum, each) => sum + ((of(each) as Record<string, number>)[kind] ?? 0), 0)
    );
  return {
    operations: total(({ operations }) => operations),
    traffic: trafficOf(counted).toSorted((a, b) => a.tensor < b.tensor ? -1 : 1),
  };
}

Deno.test("formulas: a convolution whose sums pass memory is the two calls that it stands for", async () => {
  using library = await openCounting();
  const tensor = tensors(library), shape = new ConvShape(library, GEOMETRY), n = N;
  const shortcut = new ConvShape(library, { ...GEOMETRY, kernel: 1, padding: 0 });
  const x = tensor("int8", INPUT), weights = tensor("int8", WEIGHTS), y = tensor("int8", OUTPUT);
  const sums = tensor("int32", INPUT), scalars = tensor("int16", 4), gradients = tensor("int64", 8);
  const mask = tensor("bits", INPUT), fine = tensor("int8", OUTPUT), fine_sums = tensor("int32", INPUT);
  const random = { ...NEAREST, stochastic: 1 }, forward = { x, weights, scalars, y: sums, shape, n };
  assertEquals(
    sumOf([
      callOf("int8_conv_forward_activate", {
        ...{
          x,
          weights,
          scalars,
          bias_before: 0,
          bias_behind: 1,
          sums,
          y,
          quantizer: random,
          mask,

          shape,
          n,
        },
      }),
    ]),
    sumOf([
      callOf("int8_conv_forward", { ...forward, bias: 0, biases: 1 }),
      callOf("int8_activate", { x: sums, scalars, bias: 1, y, quantizer: random, mask, count: OUTPUT }),
    ]),
  );
  const behind = { mask, gradients, bias_before: 0, bias_behind: 1, quantizer: NEAREST };
  const flagged = { dy: y, fine, weights, fine_sums };
  const errors = callOf("int8_conv_backward_data", { ...flagged, dx: sums, shape, n });
  assertEquals(
    sumOf([callOf("int8_conv_backward_data_activate", { ...flagged, ...behind, sums, dx: x, shape, n })]),
    sumOf([errors, callOf("int8_activate_backward", { dy: sums, ...behind, dx: x, count: INPUT })]),
  );
  const way = { dr: y, shortcut_behind: 1 };
  assertEquals(
    sumOf([
      callOf("int8_conv_backward_data_block", {
        ...{ ...flagged, ...way, ...behind, sums, dx: x, shape, shortcut, n },
      }),
    ]),
    sumOf([errors, callOf("int8_block_backward", { du: sums, ...way, ...behind, dx: x, shape: shortcut, n })]),
  );
});

Deno.test("formulas: what no step calls, or what differs from step to step, is not counted", () => {
  assertThrows(
    () => countCall(callOf("int8_peak", { iterations: 1 }), SETTING),
    TypeError,
    "int8_peak is no part of a step",
  );
  const words = { gradients: {} as Tensor, first: 0, count: new Slot("images") };
  assertThrows(() => countCall(callOf("int8_clear_gradients", words), SETTING), TypeError, "a count depends on images");
});
