/** ONNX models, read back by the numbers of onnx.proto. */

import { Fields } from "./protobuf.ts";

export type ElementType = "float" | "uint8" | "int8" | "int32" | "int64" | "bool" | "double";

const TYPES: Readonly<Record<number, ElementType>> = {
  1: "float",
  2: "uint8",
  3: "int8",
  6: "int32",
  7: "int64",
  9: "bool",
  11: "double",
};

/** The type of that number. */
export function elementType(number: number | undefined): ElementType {
  const type = TYPES[number ?? 0];
  if (type === undefined) throw new Error(`no element type ${number}`);
  return type;
}

/** Elements in C order; whole numbers of 64 bits as numbers. */
export interface Tensor {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: Float64Array;
}

export interface Operator {
  readonly name: string;
  readonly operator: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, number | readonly number[]>;
}

export interface Port {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly (number | string)[];
}

export interface OnnxModel {
  readonly irVersion: number;
  readonly producer: string;
  readonly opsets: ReadonlyMap<string, number>;
  readonly operators: readonly Operator[];
  readonly initializers: ReadonlyMap<string, Tensor>;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly metadata: Readonly<Record<string, string>>;
}

const ARRAYS = {
  float: Float32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
  double: Float64Array,
} as const;

function tensor(fields: Fields): Tensor {
  const type = elementType(fields.int(2)), dims = fields.ints(1), raw = fields.bytes(9).slice();
  const data = Float64Array.from(new ARRAYS[type](raw.buffer) as Iterable<number | bigint>, Number);
  if (data.length !== dims.reduce((product, size) => product * size, 1)) throw new Error(`${fields.text(8)}: ${dims}`);
  return { type, dims, data };
}

function port(fields: Fields): Port {
  const [type] = fields.messages(2)[0]!.messages(1);
  const dims = type!.messages(2)[0]!.messages(1).map((dim) => dim.int(1) ?? dim.text(2));
  return { name: fields.text(1), type: elementType(type!.int(1)), dims };
}

/** Attributes of the types that the writer has. */
function attribute(fields: Fields): [name: string, value: number | readonly number[]] {
  const name = fields.text(1), type = fields.int(20);
  if (type === 1) return [name, fields.values(2)[0] as number];
  if (type === 2) return [name, fields.int(3)!];
  if (type === 7) return [name, fields.ints(8)];
  throw new Error(`attribute ${name} has type ${type}`);
}

function operator(fields: Fields): Operator {
  return {
    name: fields.text(3),
    operator: fields.text(4),
    domain: fields.text(7),
    inputs: fields.texts(1),
    outputs: fields.texts(2),
    attributes: new Map(fields.messages(5).map(attribute)),
  };
}

/** Reads a file. @throws where a number, name or type is none that it knows */
export function readModel(bytes: Uint8Array): OnnxModel {
  const model = new Fields(bytes), [graph] = model.messages(7);
  const initializers = graph!.messages(5).map((each) => [each.text(8), tensor(each)] as const);
  return {
    irVersion: model.int(1)!,
    producer: `${model.text(2)} ${model.text(3)}`,
    opsets: new Map(model.messages(8).map((each) => [each.text(1), each.int(2)!])),
    operators: graph!.messages(1).map(operator),
    initializers: new Map(initializers),
    inputs: graph!.messages(11).map(port),
    outputs: graph!.messages(12).map(port),
    metadata: Object.fromEntries(model.messages(14).map((each) => [each.text(1), each.text(2)])),
  };
}
