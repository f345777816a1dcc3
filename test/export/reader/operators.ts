/**
 * The operators of ONNX (opset 17) that exported models have, as their
 * definitions say, in plain loops. What a definition leaves open is an error.
 */

import { elementType, type Operator, type Tensor } from "./model.ts";

type Operands = readonly Tensor[];
type Attributes = Operator["attributes"];
type Evaluate = (operands: Operands, attributes: Attributes) => Tensor;

const product = (sizes: readonly number[]) => sizes.reduce((product, size) => product * size, 1);

function stridesOf(dims: readonly number[]): number[] {
  return dims.map((_, i) => product(dims.slice(i + 1)));
}

/** The places of a tensor's elements, in C order, as index by direction. */
function* places(dims: readonly number[]): Generator<number[]> {
  const at = dims.map(() => 0);
  for (let left = product(dims); left > 0; left--) {
    yield at;
    for (let i = dims.length - 1; i >= 0 && ++at[i]! === dims[i]!; i--) at[i] = 0;
  }
}

/** A new tensor by the places of its elements. */
function make(type: Tensor["type"], dims: readonly number[], element: (at: number[]) => number): Tensor {
  const data = new Float64Array(product(dims));
  let i = 0;
  for (const at of places(dims)) data[i++] = element(at);
  return { type, dims, data };
}

/** Multidirectional broadcasting of ONNX. */
function broadcast(operands: Operands, f: (...elements: number[]) => number, type?: Tensor["type"]): Tensor {
  const rank = Math.max(...operands.map(({ dims }) => dims.length));
  const padded = operands.map(({ dims }) => [...new Array(rank - dims.length).fill(1), ...dims] as number[]);
  const dims = padded[0]!.map((_, i) => Math.max(...padded.map((each) => each[i]!)));
  const strides = padded.map((own) => {
    if (own.some((size, i) => size !== 1 && size !== dims[i])) throw new Error(`${padded.join(" and ")} do not match`);
    return stridesOf(own).map((stride, i) => own[i] === 1 ? 0 : stride);
  });
  const at = (k: number, place: number[]) => place.reduce((sum, index, i) => sum + index * strides[k]![i]!, 0);
  const own = operands.at(-1)!.type, result = type ?? own, round = result === "float" ? Math.fround : (x: number) => x;
  return make(result, dims, (place) => round(f(...operands.map(({ data }, k) => data[at(k, place)]!))));
}

/** All of one type, as the definitions of elementwise operators want them. */
function alike(f: (...elements: number[]) => number): Evaluate {
  return (operands) => {
    const types = new Set(operands.map(({ type }) => type));
    if (types.size > 1) throw new Error(`operands are ${[...types].join(" and ")}`);
    return broadcast(operands, f);
  };
}

function reduce(f: (a: number, b: number) => number): (x: Tensor, axes: readonly number[]) => Tensor {
  return (x, axes) => {
    const dims = x.dims.map((size, i) => axes.includes(i) ? 1 : size), strides = stridesOf(dims);
    const data: (number | undefined)[] = new Array(product(dims));
    let i = 0;
    for (const at of places(x.dims)) {
      const to = at.reduce((sum, index, k) => sum + (axes.includes(k) ? 0 : index * strides[k]!), 0);
      const before = data[to], value = x.data[i++]!;
      data[to] = before === undefined ? value : f(before, value);
    }
    return { type: x.type, dims, data: Float64Array.from(data as number[]) };
  };
}

function reduceBy(f: (a: number, b: number) => number): Evaluate {
  return ([x], attributes) => {
    if (attributes.get("keepdims") !== 1) throw new Error("directions are kept here");
    return reduce(f)(x!, attributes.get("axes") as number[]);
  };
}

/** Windows over (n, c, rows, columns): the element of y at each place is what `window` makes of its taps. */
function windows(
  x: Tensor,
  attributes: Attributes,
  outputs: number,
  window: (n: number, k: number, tap: (c: number, row: number, column: number) => number | undefined) => number,
  type: Tensor["type"],
): Tensor {
  const [n, , h, w] = x.dims as [number, number, number, number];
  const [rows, columns] = attributes.get("kernel_shape") as [number, number];
  const [strideY, strideX] = attributes.get("strides") as [number, number];
  const [top, left, bottom, right] = attributes.get("pads") as [number, number, number, number];
  const oh = Math.floor((h + top + bottom - rows) / strideY) + 1;
  const ow = Math.floor((w + left + right - columns) / strideX) + 1;
  const strides = stridesOf(x.dims);
  return make(type, [n, outputs, oh, ow], ([image, k, oy, ox]) =>
    window(image!, k!, (c, row, column) => {
      const y = oy! * strideY - top + row, z = ox! * strideX - left + column;
      if (y < 0 || y >= h || z < 0 || z >= w) return undefined;
      return x.data[image! * strides[0]! + c * strides[1]! + y * strides[2]! + z];
    }));
}

/** To nearest, halves to even. */
function roundToEven(x: number): number {
  const floor = Math.floor(x), rest = x - floor;
  return rest > 0.5 || rest === 0.5 && floor % 2 !== 0 ? floor + 1 : floor;
}

const byte = (x: number) => Math.min(Math.max(x, 0), 255);

/** y = saturate(round(sums * x_scale * w_scale / y_scale) + y_zero), the bias in steps of the sums. */
function qLinearConv(operands: Operands, attributes: Attributes): Tensor {
  const [x, xScale, xZero, w, wScale, wZero, yScale, yZero, bias] = operands;
  if (bias!.type !== "int32" || w!.type !== "int8" || xScale!.type !== "float") throw new Error("other types");
  const sums = convolve(x!, w!, attributes, [xZero!.data[0]!, wZero!.data[0]!], "int32");
  const factor = xScale!.data[0]! * wScale!.data[0]! / yScale!.data[0]!;
  const biases = { ...bias!, dims: [1, bias!.data.length, 1, 1] };
  return broadcast([sums, biases], (sum, b) => byte(roundToEven((sum! + b!) * factor) + yZero!.data[0]!), "uint8");
}

/** Sums of products with weights (outputs, inputs, rows, columns), less the zero points; padding is the one of x. */
function convolve(x: Tensor, w: Tensor, attributes: Attributes, zeros: [number, number], type: Tensor["type"]): Tensor {
  const [outputs, inputs, rows, columns] = w.dims as [number, number, number, number];
  if (x.dims[1] !== inputs) throw new Error(`${x.dims[1]} channels where ${inputs} are multiplied`);
  const [xZero, wZero] = zeros;
  return windows(x, attributes, outputs, (_, k, tap) => {
    let sum = 0, i = k * inputs * rows * columns;
    for (let c = 0; c < inputs; c++) {
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          sum += ((tap(c, row, column) ?? xZero) - xZero) * (w.data[i++]! - wZero);
        }
      }
    }
    if (type === "int32" && sum !== (sum | 0)) throw new Error(`the sum ${sum} passes int32`);
    return sum;
  }, type);
}

/** Doubles to bytes where nothing is lost: what else would happen is not defined. */
function cast([x]: Operands, attributes: Attributes): Tensor {
  const type = elementType(attributes.get("to") as number);
  if (type === "uint8") {
    const wrong = x!.data.find((value) => !Number.isInteger(value) || value < 0 || value > 255);
    if (wrong !== undefined) throw new Error(`${wrong} is no byte`);
  } else if (type !== "double" && type !== "float") throw new Error(`a cast to ${type}`);
  return { ...x!, type };
}

function slice([x, starts, ends, axes, steps]: Operands): Tensor {
  const from = x!.dims.map(() => 0), to = [...x!.dims], by = x!.dims.map(() => 1);
  axes!.data.forEach((axis, i) => {
    from[axis] = starts!.data[i]!;
    to[axis] = Math.min(ends!.data[i]!, x!.dims[axis]!);
    by[axis] = steps!.data[i]!;
  });
  const strides = stridesOf(x!.dims);
  return make(
    x!.type,
    to.map((end, i) => Math.ceil((end - from[i]!) / by[i]!)),
    (at) => x!.data[at.reduce((sum, index, i) => sum + (from[i]! + index * by[i]!) * strides[i]!, 0)]!,
  );
}

function pad([x, pads, value]: Operands): Tensor {
  const rank = x!.dims.length, before = [...pads!.data.subarray(0, rank)], behind = pads!.data.subarray(rank);
  const strides = stridesOf(x!.dims);
  return make(x!.type, x!.dims.map((size, i) => before[i]! + size + behind[i]!), (at) => {
    const own = at.map((index, i) => index - before[i]!);
    if (own.some((index, i) => index < 0 || index >= x!.dims[i]!)) return value!.data[0]!;
    return x!.data[own.reduce((sum, index, i) => sum + index * strides[i]!, 0)]!;
  });
}

function reshape([x, shape]: Operands): Tensor {
  const known = product([...shape!.data].filter((size) => size >= 0));
  const dims = [...shape!.data].map((size) => size < 0 ? x!.data.length / known : size);
  return { ...x!, dims };
}

function transpose([x]: Operands, attributes: Attributes): Tensor {
  const perm = attributes.get("perm") as number[], strides = stridesOf(x!.dims);
  return make(
    x!.type,
    perm.map((axis) => x!.dims[axis]!),
    (at) => x!.data[at.reduce((sum, index, i) => sum + index * strides[perm[i]!]!, 0)]!,
  );
}

function maxPool([x]: Operands, attributes: Attributes): Tensor {
  const [rows, columns] = attributes.get("kernel_shape") as [number, number];
  return windows(x!, attributes, x!.dims[1]!, (_, k, tap) => {
    let largest = -Infinity;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) largest = Math.max(largest, tap(k, row, column) ?? -Infinity);
    }
    return largest;
  }, x!.type);
}

function batchNormalization([x, gamma, beta, mean, variance]: Operands, attributes: Attributes): Tensor {
  const epsilon = attributes.get("epsilon") as number;
  const channels = [gamma!, beta!, mean!, variance!].map((each) => ({ ...each, dims: [1, each.dims[0]!, 1, 1] }));
  return broadcast([x!, ...channels], (x, g, b, m, v) => (x! - m!) / Math.sqrt(v! + epsilon) * g! + b!);
}

/** By their names. */
export const OPERATORS: Readonly<Record<string, Evaluate>> = {
  Abs: alike(Math.abs),
  Add: alike((a, b) => a! + b!),
  BatchNormalization: batchNormalization,
  Cast: cast,
  Clip: alike((x, low, high) => Math.min(Math.max(x!, low!), high!)),
  Conv: ([x, w], attributes) => convolve(x!, w!, attributes, [0, 0], "float"),
  ConvInteger: ([x, w, xZero, wZero], attributes) =>
    convolve(x!, w!, attributes, [xZero!.data[0]!, wZero!.data[0]!], "int32"),
  DequantizeLinear: (operands) => broadcast(operands, (x, scale, zero) => (x! - zero!) * scale!, "float"),
  Div: alike((a, b) => a! / b!),
  Floor: alike(Math.floor),
  GlobalAveragePool: ([x]) => {
    const sum = reduce((a, b) => a + b)(x!, [2, 3]), pixels = x!.dims[2]! * x!.dims[3]!;
    return { ...sum, data: sum.data.map((each) => each / pixels) };
  },
  Greater: (operands) => broadcast(operands, (a, b) => Number(a! > b!), "bool"),
  GreaterOrEqual: (operands) => broadcast(operands, (a, b) => Number(a! >= b!), "bool"),
  Identity: ([x]) => x!,
  Max: alike(Math.max),
  MaxPool: maxPool,
  Min: alike(Math.min),
  Mul: alike((a, b) => a! * b!),
  Pad: pad,
  QLinearConv: qLinearConv,
  QuantizeLinear: (operands) =>
    broadcast(operands, (x, scale, zero) => byte(roundToEven(Math.fround(x! / scale!)) + zero!), "uint8"),
  ReduceMax: reduceBy(Math.max),
  ReduceMin: reduceBy(Math.min),
  ReduceSum: ([x, axes], attributes) => {
    if (attributes.get("keepdims") !== 1) throw new Error("directions are kept here");
    return reduce((a, b) => a + b)(x!, [...axes!.data]);
  },
  Relu: alike((x) => Math.max(x!, 0)),
  Reshape: reshape,
  Slice: slice,
  Sub: alike((a, b) => a! - b!),
  Transpose: transpose,
  Where: ([condition, a, b]) => {
    if (condition!.type !== "bool" || a!.type !== b!.type) throw new Error("Where of other types");
    return broadcast([condition!, a!, b!], (condition, a, b) => condition ? a! : b!);
  },
};
