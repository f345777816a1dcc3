/** The convolutions of a dump, without and with what follows them. */

import { activate, activateBackward, blockBackward } from "./activation.ts";
import type { CallReader, Results, Tensor } from "./call.ts";
import type { Shape } from "./dump.ts";
import { magnitude, map, round, span, type Values } from "./numbers.ts";

/** Every product of a convolution: positions in x, the weights and y. */
function products(s: Shape, n: number, visit: (x: number, w: number, y: number) => void): void {
  for (let image = 0, y = 0; image < n; image++) {
    for (let oy = 0; oy < s.outputHeight; oy++) {
      for (let ox = 0; ox < s.outputWidth; ox++) {
        for (let k = 0; k < s.outputs; k++, y++) {
          for (let tap = 0; tap < s.kernel * s.kernel; tap++) {
            const row = oy * s.stride + Math.floor(tap / s.kernel) - s.padding;
            const column = ox * s.stride + tap % s.kernel - s.padding;
            if (row < 0 || column < 0 || row >= s.height || column >= s.width) continue;
            const x = ((image * s.height + row) * s.width + column) * s.inputs;
            const w = (k * s.kernel * s.kernel + tap) * s.inputs;
            for (let c = 0; c < s.inputs; c++) visit(x + c, w + c, y);
          }
        }
      }
    }
  }
}

const inputs = (s: Shape, n: number) => n * s.height * s.width * s.inputs;
const outputs = (s: Shape, n: number) => n * s.outputHeight * s.outputWidth * s.outputs;

function forwardSums(call: CallReader, bias: number, biases: number): Tensor {
  const s = call.shape(), n = call.number("n"), x = call.tensor("x"), weights = call.tensor("weights");
  const exponent = x.exponent + weights.exponent;
  const own = map(s.outputs, (k) => bias === -1 ? 0 : call.bias(biases === 1 ? bias : bias + k, exponent));
  const values = map(outputs(s, n), (i) => own[i % s.outputs]!);
  products(s, n, (i, w, y) => values[y]! += x.values[i]! * weights.values[w]!);
  return { values, exponent, range: span(values) };
}

function backwardSums(call: CallReader): Tensor {
  const s = call.shape(), n = call.number("n"), dy = call.tensor("dy"), weights = call.tensor("weights");
  const exponent = dy.exponent + weights.exponent;
  const through = (error: Values) => {
    const values = new Array<number>(inputs(s, n)).fill(0);
    products(s, n, (x, w, y) => values[x]! += error[y]! * weights.values[w]!);
    return values;
  };
  const coarse = through(dy.values);
  if (!call.has("fine")) return { values: coarse, exponent, range: span(coarse) };
  const fine = call.tensor("fine"), low = through(fine.values), finer = dy.exponent - fine.exponent;
  const fits = (left: number) =>
    magnitude(span(coarse)) * 2 ** left + Math.floor(magnitude(span(low)) / 2 ** (finer - left)) + 1 <= 5 * 2 ** 28;
  let left = finer;
  while (left > 0 && !fits(left)) left--;
  const values = coarse.map((sum, i) => sum * 2 ** left + round(low[i]!, finer - left));
  return { values, exponent: exponent - left, range: span(values) };
}

function weightGradients(call: CallReader): Results {
  const s = call.shape(), n = call.number("n"), x = call.tensor("x"), dy = call.tensor("dy");
  const fine = call.has("fine") ? call.tensor("fine") : undefined;
  const finer = fine === undefined ? 0 : dy.exponent - fine.exponent;
  const error = dy.values.map((q, i) => q * 2 ** finer + (fine?.values[i] ?? 0));
  const values = new Array<number>(s.outputs * s.kernel * s.kernel * s.inputs).fill(0);
  products(s, n, (i, w, y) => values[w]! += x.values[i]! * error[y]!);
  const range = [-(2 ** 31), 2 ** 31 - 1] as const;
  return { dw: { values, exponent: x.exponent + dy.exponent - finer, range } };
}

export const CONVOLUTIONS: Readonly<Record<string, (call: CallReader) => Results>> = {
  int8_conv_forward: (call) => ({ y: forwardSums(call, call.number("bias"), call.number("biases")) }),
  int8_conv_backward_data: (call) => ({ dx: backwardSums(call) }),
  int8_conv_backward_weights: weightGradients,
  int8_conv_forward_activate: (call) => {
    const sums = forwardSums(call, call.number("bias_before"), 1);
    return { sums, ...activate(call, sums, call.number("bias_behind")) };
  },
  int8_conv_forward_quantize: (call) => {
    const sums = forwardSums(call, -1, 1);
    return { sums, ...call.quantize("y", sums.values, sums.exponent, sums.range) };
  },
  int8_conv_backward_data_activate: (call) => {
    const sums = backwardSums(call);
    return { sums, ...activateBackward(call, sums) };
  },
  int8_conv_backward_data_block: (call) => {
    const { results, joined } = blockBackward(call, backwardSums(call), call.shape("shortcut"));
    return { sums: joined, ...results };
  },
};
