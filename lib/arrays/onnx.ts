/**
 * Models of ONNX as bytes: the few messages of onnx.proto (IR version 8 and
 * earlier) that such a file needs.
 *
 * @module
 */

import { type Bytes, field, floatField, message } from "./protobuf.ts";

/** Types of elements by their numbers in TensorProto.DataType. */
const DATA_TYPES = { float: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9, double: 11 } as const;

/** Type of a tensor's elements. */
export type DataType = keyof typeof DATA_TYPES;

/** Numbers of AttributeProto.AttributeType. */
const FLOAT = 1, INT = 2, INTS = 7;

/** A number, a list of whole numbers, or a float that is marked as one; whole numbers from 0 on. */
export type AttributeValue = number | readonly number[] | { readonly float: number };

/** Attributes by name. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** A tensor's direction: so many elements, or any number under a name. */
export type Dimension = number | string;

/** TensorProto: elements in C order, little-endian. */
export function tensor(
  name: string,
  type: DataType,
  dims: readonly number[],
  data: ArrayBufferView<ArrayBuffer>,
): Bytes {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return message(...dims.map((dim) => field(1, dim)), field(2, DATA_TYPES[type]), field(8, name), field(9, raw));
}

/** ValueInfoProto of an input or output. */
export function valueInfo(name: string, type: DataType, dims: readonly Dimension[]): Bytes {
  const shape = message(...dims.map((dim) => field(1, field(typeof dim === "number" ? 1 : 2, dim))));
  return message(field(1, name), field(2, field(1, message(field(1, DATA_TYPES[type]), field(2, shape)))));
}

function attribute(name: string, value: AttributeValue): Bytes {
  if (typeof value === "number") return message(field(1, name), field(3, value), field(20, INT));
  if ("float" in value) return message(field(1, name), floatField(2, value.float), field(20, FLOAT));
  return message(field(1, name), ...value.map((each) => field(8, each)), field(20, INTS));
}

/** An operator with its operands. */
export interface Node {
  readonly name?: string;
  readonly operator: string;
  /** That of ONNX itself if absent. */
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

/** NodeProto. */
export function node({ name, operator, domain, inputs, outputs, attributes }: Node): Bytes {
  return message(
    ...inputs.map((each) => field(1, each)),
    ...outputs.map((each) => field(2, each)),
    ...name === undefined ? [] : [field(3, name)],
    field(4, operator),
    ...Object.entries(attributes).map(([name, value]) => field(5, attribute(name, value))),
    ...domain === undefined ? [] : [field(7, domain)],
  );
}

/** A model. */
export interface Model {
  /** Version of the format, and of each set of operators by its domain, "" being that of ONNX itself. */
  readonly irVersion: number;
  readonly opsets: Readonly<Record<string, number>>;
  readonly producer?: readonly [name: string, version: string];
  readonly name: string;
  readonly nodes: readonly Node[];
  /** Made by {@linkcode tensor}. */
  readonly initializers: readonly Bytes[];
  /** Made by {@linkcode valueInfo}. */
  readonly inputs: readonly Bytes[];
  readonly outputs: readonly Bytes[];
  /** Texts by name. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The file of a model: a ModelProto. */
export function modelBytes(model: Model): Bytes {
  const { irVersion, opsets, producer, name, nodes, initializers, inputs, outputs, metadata = {} } = model;
  const graph = message(
    ...nodes.map((each) => field(1, node(each))),
    field(2, name),
    ...initializers.map((each) => field(5, each)),
    ...inputs.map((each) => field(11, each)),
    ...outputs.map((each) => field(12, each)),
  );
  return message(
    field(1, irVersion),
    ...producer === undefined ? [] : [field(2, producer[0]), field(3, producer[1])],
    field(7, graph),
    ...Object.entries(opsets).map(([domain, version]) => field(8, message(field(1, domain), field(2, version)))),
    ...Object.entries(metadata).map(([key, value]) => field(14, message(field(1, key), field(2, value)))),
  );
}
