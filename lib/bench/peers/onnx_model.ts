/**
 * An ONNX model of one quantized convolution, as bytes. The format is Protocol
 * Buffers; the few messages that such a model needs are written by hand.
 *
 * @module
 */

import { type ConvPlan, outputSize } from "../../plan/plan.ts";

/** Type of a convolution's activations; its weights are int8. */
export type ActivationType = "int8" | "uint8";

type Bytes = Uint8Array<ArrayBuffer>;

/** Numbers of TensorProto.DataType. */
const FLOAT = 1, UINT8 = 2, INT8 = 3;
/** Numbers of AttributeProto.AttributeType. */
const INT = 2, INTS = 7;
/** The version of the format, and of the contributed operators of which QLinearConv takes channels last. */
const IR_VERSION = 7, OPSET = 13, CONTRIBUTED = { domain: "com.microsoft", version: 1 };

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push(value % 128 + 128);
  return [...bytes, value];
}

/** A field of a message: a number, or anything that has a length. */
function field(number: number, value: number | string | Bytes): Bytes {
  if (typeof value === "number") return Uint8Array.from([...varint(number * 8), ...varint(value)]);
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return message(Uint8Array.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes);
}

function message(...fields: readonly Bytes[]): Bytes {
  const result = new Uint8Array(fields.reduce((length, each) => length + each.length, 0));
  let at = 0;
  for (const each of fields) {
    result.set(each, at);
    at += each.length;
  }
  return result;
}

function tensor(name: string, type: number, dims: readonly number[], data: ArrayBufferView<ArrayBuffer>): Bytes {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return message(...dims.map((dim) => field(1, dim)), field(2, type), field(8, name), field(9, raw));
}

function valueInfo(name: string, type: number, dims: readonly number[]): Bytes {
  const shape = message(...dims.map((dim) => field(1, field(1, dim))));
  return message(field(1, name), field(2, field(1, message(field(1, type), field(2, shape)))));
}

const integer = (name: string, value: number) => message(field(1, name), field(3, value), field(20, INT));

const integers = (name: string, values: readonly number[]) =>
  message(field(1, name), ...values.map((value) => field(8, value)), field(20, INTS));

/**
 * The model of `y = QLinearConv(x, weights)`, channels last: x (batch, h, w, c)
 * of the given type, weights (k, c, kernel, kernel) int8, y (batch, oh, ow, k)
 * of x's type. All scales are powers of two and zero points 0 (128 for uint8's output).
 */
export function quantizedConvolution(conv: ConvPlan, batch: number, type: ActivationType, weights: Int8Array): Bytes {
  const { height, width, inputs, outputs, kernel, stride, padding } = conv;
  const output = outputSize(conv);
  const activation = type === "int8" ? INT8 : UINT8;
  const scale = (name: string, exponent: number) => tensor(name, FLOAT, [], Float32Array.of(2 ** exponent));
  const zero = (name: string, kind: number, value: number) => tensor(name, kind, [], Uint8Array.of(value));
  const names = ["x", "x_scale", "x_zero", "weights", "w_scale", "w_zero", "y_scale", "y_zero"];
  const node = message(
    ...names.map((name) => field(1, name)),
    field(2, "y"),
    field(4, "QLinearConv"),
    field(5, integers("kernel_shape", [kernel, kernel])),
    field(5, integers("strides", [stride, stride])),
    field(5, integers("pads", [padding, padding, padding, padding])),
    field(5, integer("channels_last", 1)),
    field(7, CONTRIBUTED.domain),
  );
  const initializers = [
    scale("x_scale", -6),
    zero("x_zero", activation, 0),
    tensor("weights", INT8, [outputs, inputs, kernel, kernel], new Int8Array(weights)),
    scale("w_scale", -7),
    zero("w_zero", INT8, 0),
    scale("y_scale", -2),
    zero("y_zero", activation, type === "int8" ? 0 : 128),
  ];
  const graph = message(
    field(1, node),
    field(2, "convolution"),
    ...initializers.map((each) => field(5, each)),
    field(11, valueInfo("x", activation, [batch, height, width, inputs])),
    field(12, valueInfo("y", activation, [batch, output.height, output.width, outputs])),
  );
  const opset = (domain: string, version: number) => field(8, message(field(1, domain), field(2, version)));
  return message(
    field(1, IR_VERSION),
    field(7, graph),
    opset("", OPSET),
    opset(CONTRIBUTED.domain, CONTRIBUTED.version),
  );
}
