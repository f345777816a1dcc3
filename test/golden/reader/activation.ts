/** Inputs, activations, ends of blocks and pools of a dump, forward and backward. */

import type { CallReader, Results, Tensor } from "./call.ts";
import type { Shape } from "./dump.ts";
import {
  align,
  clip,
  clipBig,
  limit,
  magnitude,
  map,
  randomBits,
  type Range,
  round,
  roundBig,
  scalarBias,
  span,
  stochastic,
  sum,
  type Values,
  width,
} from "./numbers.ts";

const relu = (x: number) => Math.max(x, 0);
const positive = (x: number) => x > 0 ? 1 : 0;
const under = (mask: Values, values: Values) => values.map((x, i) => mask[i] === 1 ? x : 0);

/** Bits of the number that lies highest in a tensor, from exponent 0 on. */
const top = (exponent: number, m: number) => exponent + width(m);

function input(call: CallReader): Results {
  const { values } = call.tensor("images"), half = call.number("offset") === 0;
  const x = values.map((byte) => half ? byte >> 1 : clip(byte - 128, 127));
  return { x: { values: x, exponent: -6, range: [half ? 0 : -127, 127] } };
}

export function activate(call: CallReader, { values, exponent, range }: Tensor, bias: number): Results {
  const b = call.bias(bias, exponent);
  return {
    ...call.quantize("y", values.map((x) => relu(x) + b), exponent, [b, relu(range[1]) + b]),
    ...(call.has("mask") && { mask: { values: values.map(positive) } }),
  };
}

function addBias(call: CallReader): Results {
  const x = call.tensor("x"), q = call.tensor("scalars").values[call.number("bias")]!;
  const exponent = Math.max(top(x.exponent, magnitude(x.range)), top(-14, Math.abs(q))) - 24;
  const factor = align(1, x.exponent - exponent, 2 ** 24), b = scalarBias(q, exponent);
  const range = [x.range[0] * factor + b, x.range[1] * factor + b] as const;
  return call.quantize("y", x.values.map((each) => each * factor + b), exponent, range);
}

function shortcut(call: CallReader): Results {
  const s = call.shape(), { values, exponent, range: [low, high] } = call.tensor("x");
  const y = map(call.number("n") * s.outputHeight * s.outputWidth * s.outputs, (i) => {
    const k = i % s.outputs, pixel = Math.floor(i / s.outputs);
    const ox = pixel % s.outputWidth, row = Math.floor(pixel / s.outputWidth);
    const image = Math.floor(row / s.outputHeight), oy = row % s.outputHeight;
    if (k >= s.inputs) return 0;
    return values[((image * s.height + oy * s.stride) * s.width + ox * s.stride) * s.inputs + k]!;
  });
  return { y: { values: y, exponent, range: [Math.min(low, 0), Math.max(high, 0)] } };
}

function residual(call: CallReader): Results {
  const z = call.tensor("z"), other = call.tensor("shortcut"), { values: scalars } = call.tensor("scalars");
  const scale = scalars[call.number("scale")]!, bias = scalars[call.number("bias")]!;
  const exponent = Math.max(
    top(z.exponent - 13, magnitude(z.range)) + width(Math.abs(scale)),
    top(other.exponent, magnitude(other.range)),
    top(-14, Math.abs(bias)),
  ) - 24;
  const f = align(scale, z.exponent - 13 - exponent, 2 ** 24), g = align(1, other.exponent - exponent, 2 ** 24);
  const b = scalarBias(bias, exponent);
  const v = z.values.map((x, i) => x * f + other.values[i]! * g + b), passed = v.map(relu);
  return {
    ...call.quantize("y", passed, exponent, span(passed)),
    ...(call.has("mask") && { mask: { values: v.map(positive) } }),
  };
}

function pool(call: CallReader): Results {
  const x = call.tensor("x"), exponent = x.exponent - 22, b = call.bias(call.number("bias"), exponent);
  const [n, pixels, c] = [call.number("n"), call.number("pixels"), call.number("c")];
  const totals = new Array<number>(n * c).fill(0);
  x.values.forEach((q, i) => totals[Math.floor(i / (pixels * c)) * c + i % c]! += q);
  const values = totals.map((total) => total * call.number("reciprocal") + b), range = span(values);
  return { sums: { values, exponent, range }, ...call.quantize("y", values, exponent, range) };
}

/** For each output of a pool the taps of its window that lie in the image: place and position. */
function* windows(s: Shape, n: number): Generator<[output: number, taps: [place: number, position: number][]]> {
  let output = 0;
  for (let image = 0; image < n; image++) {
    for (let oy = 0; oy < s.outputHeight; oy++) {
      for (let ox = 0; ox < s.outputWidth; ox++) {
        for (let c = 0; c < s.inputs; c++, output++) {
          const taps: [number, number][] = [];
          for (let place = 0; place < s.kernel * s.kernel; place++) {
            const row = oy * s.stride - s.padding + Math.floor(place / s.kernel);
            const column = ox * s.stride - s.padding + place % s.kernel;
            if (row < 0 || column < 0 || row >= s.height || column >= s.width) continue;
            taps.push([place, ((image * s.height + row) * s.width + column) * s.inputs + c]);
          }
          yield [output, taps];
        }
      }
    }
  }
}

function maxPool(call: CallReader): Results {
  const x = call.tensor("x"), masked = call.has("places");
  const values: number[] = [], places: number[] = [], found: number[] = [];
  for (const [output, taps] of windows(call.shape(), call.number("n"))) {
    const [place, position] = taps.reduce((best, tap) => x.values[tap[1]]! > x.values[best[1]]! ? tap : best);
    values[output] = x.values[position]!;
    places[output] = place;
    found[output] = position;
  }
  const bits = masked ? call.tensor("x_mask").values : [];
  return {
    y: { values, exponent: x.exponent, range: x.range },
    ...(masked && { places: { values: places }, y_mask: { values: found.map((position) => bits[position]!) } }),
  };
}

function maxPoolBackward(call: CallReader): Results {
  const s = call.shape(), n = call.number("n"), dy = call.tensor("dy"), { values: places } = call.tensor("places");
  const values = new Array<number>(n * s.height * s.width * s.inputs).fill(0);
  for (const [output, taps] of windows(s, n)) {
    for (const [place, position] of taps) if (place === places[output]) values[position]! += dy.values[output]!;
  }
  return { dx: { values, exponent: dy.exponent, range: span(values) } };
}

function poolBackward(call: CallReader): Results {
  const dy = call.tensor("dy"), { values: mask } = call.tensor("mask"), { bits, random } = call.quantizer;
  const [pixels, c, reciprocal] = [call.number("pixels"), call.number("c"), BigInt(call.number("reciprocal"))];
  const exponent = dy.exponent - 22, m = BigInt(magnitude(dy.range)) * reciprocal;
  const { shift, results } = call.shift(m, exponent, 62);
  const drop = Math.max(0, shift - 20), kept = shift - drop;
  const draw = random && randomBits(random);
  const values = mask.map((bit, i) => {
    if (bit === 0) return 0;
    const v = BigInt(dy.values[Math.floor(i / (pixels * c)) * c + i % c]!) * reciprocal;
    const q = draw === undefined
      ? Number(clipBig(roundBig(v, shift), 127n))
      : clip(stochastic(Number(clipBig(v >> BigInt(drop), 128n << BigInt(kept))), kept, draw(i)), 127);
    return clip(q, limit(bits));
  });
  return {
    ...results,
    dx: { values, exponent: exponent + shift, range: [-limit(bits), limit(bits)] },
    ...call.gradients([call.number("bias"), sum(dy.values), dy.exponent]),
  };
}

function residualBackward(call: CallReader): Results {
  const dy = call.tensor("dy"), z = call.tensor("z"), scale = call.number("scale");
  const q = call.tensor("scalars").values[scale]!;
  const ends = [dy.range[0] * q, dy.range[1] * q].sort((a, b) => a - b) as unknown as Range;
  return {
    ...call.quantize("dz", dy.values.map((x) => x * q), dy.exponent - 13, ends),
    ...call.gradients(
      [scale, sum(dy.values.map((x, i) => x * z.values[i]!)), dy.exponent + z.exponent],
      [call.number("bias"), sum(dy.values), dy.exponent],
    ),
  };
}

export function activateBackward(call: CallReader, { values, exponent }: Tensor): Results {
  const v = under(call.tensor("mask").values, values);
  return {
    ...call.quantize("dx", v, exponent, span(v)),
    ...call.gradients(
      [call.number("bias_behind"), sum(values), exponent],
      [call.number("bias_before"), sum(v), exponent],
    ),
  };
}

/** Where the shortcut of a block reads an input element from its error, or -1. */
function shortcutSource(s: Shape, i: number): number {
  const c = i % s.inputs, pixel = Math.floor(i / s.inputs);
  const x = pixel % s.width, row = Math.floor(pixel / s.width), y = row % s.height, image = Math.floor(row / s.height);
  if (x % s.stride !== 0 || y % s.stride !== 0) return -1;
  return ((image * s.outputHeight + y / s.stride) * s.outputWidth + x / s.stride) * s.outputs + c;
}

export function blockBackward(call: CallReader, du: Tensor, s: Shape): { results: Results; joined: Tensor } {
  const dr = call.tensor("dr"), inSteps = dr.exponent >= du.exponent && dr.exponent <= du.exponent + 20;
  const exponent = inSteps
    ? du.exponent
    : Math.max(top(du.exponent, magnitude(du.range)), top(dr.exponent, magnitude(dr.range))) - 28;
  const left = du.exponent - exponent, factor = align(1, dr.exponent - exponent, 2 ** 28);
  const values = du.values.map((x, i) => {
    const aligned = left >= 0 ? x * 2 ** left : round(x, Math.min(-left, 30)), source = shortcutSource(s, i);
    return source < 0 ? aligned : aligned + dr.values[source]! * factor;
  });
  const range = inSteps
    ? [du.range[0] - 127 * factor, du.range[1] + 127 * factor] as const
    : [-(2 ** 29), 2 ** 29] as const;
  const v = under(call.tensor("mask").values, values);
  const [behind, behindExponent] = call.number("shortcut_behind") === 1
    ? [sum(values), exponent]
    : [sum(du.values), du.exponent];
  return {
    joined: { values, exponent, range },
    results: {
      ...call.quantize("dx", v, exponent, span(v)),
      ...call.gradients(
        [call.number("bias_behind"), behind, behindExponent],
        [call.number("bias_before"), sum(v), exponent],
      ),
    },
  };
}

export const ACTIVATIONS: Readonly<Record<string, (call: CallReader) => Results>> = {
  int8_input: input,
  int8_activate: (call) => activate(call, call.tensor("x"), call.number("bias")),
  int8_quantize: (call) => {
    const { values, exponent, range } = call.tensor("x");
    return call.quantize("y", values, exponent, range);
  },
  int8_add_bias: addBias,
  int8_shortcut: shortcut,
  int8_residual: residual,
  int8_pool: pool,
  int8_max_pool: maxPool,
  int8_max_pool_backward: maxPoolBackward,
  int8_pool_backward: poolBackward,
  int8_residual_backward: residualBackward,
  int8_activate_backward: (call) => activateBackward(call, call.tensor("dy")),
  int8_block_backward: (call) => {
    const { results, joined } = blockBackward(call, call.tensor("du"), call.shape());
    return { ...results, du: joined };
  },
};
