/**
 * A graph of ONNX operators in the making.
 *
 * @module
 */

import {
  type Attributes,
  type DataType,
  type Dimension,
  type Model,
  type Node,
  tensor,
  valueInfo,
} from "../../arrays/onnx.ts";
import type { Bytes } from "../../arrays/protobuf.ts";

/** The name of a tensor of the graph. */
export type Name = string;

/** What an operator of doubles takes: a tensor, or a number. */
export type Operand = Name | number;

/** The operators are those of this version of ONNX, and the file of the version of the format that came with it. */
const OPSET = 17, IR_VERSION = 8;

const ARRAYS = {
  float: Float32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
  double: Float64Array,
} as const;

/** Operators and constants by name; what no output needs is left out of the file. */
export class Graph {
  readonly #nodes: Node[] = [];
  readonly #constants = new Map<Name, Bytes>();
  readonly #named = new Set<Name>();
  readonly #inputs: Bytes[] = [];
  readonly #outputs: { readonly name: Name; readonly info: Bytes }[] = [];
  /** What names of tensors begin with. */
  #layer = "";

  /** What is added from now on is a part of this layer. */
  start(layer: string): void {
    this.#layer = layer;
  }

  #name(what: string): Name {
    const wanted = `${this.#layer}/${what}`;
    let name = wanted;
    for (let i = 2; this.#named.has(name); i++) name = `${wanted}_${i}`;
    this.#named.add(name);
    return name;
  }

  /** An operator's result. @param what names it, within its layer */
  operator(operator: string, operands: readonly Operand[], attributes: Attributes = {}, what = operator): Name {
    const output = this.#name(what);
    const inputs = operands.map((each) => typeof each === "number" ? this.double(each) : each);
    this.#nodes.push({ name: output, operator, inputs, outputs: [output], attributes });
    return output;
  }

  /** A double that is the same everywhere. */
  double(value: number): Name {
    return this.#shared(`double ${value}`, "double", [value]);
  }

  /** The byte of that value. */
  byte(value: number): Name {
    return this.#shared(`byte ${value}`, "uint8", [value]);
  }

  #shared(name: Name, type: "double" | "uint8", values: readonly number[]): Name {
    if (!this.#constants.has(name)) this.#constants.set(name, tensor(name, type, [], ARRAYS[type].from(values)));
    return name;
  }

  /** Whole numbers that an operator takes as an operand: axes, sizes. */
  integers(values: readonly number[]): Name {
    const name = `integers ${values.join(" ")}`;
    const data = BigInt64Array.from(values, BigInt);
    if (!this.#constants.has(name)) this.#constants.set(name, tensor(name, "int64", [values.length], data));
    return name;
  }

  /** A tensor of the layer. */
  constant(
    what: string,
    type: Exclude<DataType, "int64">,
    dims: readonly number[],
    values: ArrayLike<number>,
  ): Name {
    const name = this.#name(what);
    this.#constants.set(name, tensor(name, type, dims, ARRAYS[type].from(values)));
    return name;
  }

  /** What a run is given. */
  input(name: Name, type: DataType, dims: readonly Dimension[]): Name {
    this.#inputs.push(valueInfo(name, type, dims));
    return name;
  }

  /** What a run returns: a tensor of the graph under a name of its own. */
  output(name: Name, from: Name, type: DataType, dims: readonly Dimension[]): void {
    this.#nodes.push({ name, operator: "Identity", inputs: [from], outputs: [name], attributes: {} });
    this.#outputs.push({ name, info: valueInfo(name, type, dims) });
  }

  /** The nodes and names that outputs follow from. */
  #needed(): { readonly nodes: readonly Node[]; readonly names: ReadonlySet<Name> } {
    const names = new Set(this.#outputs.map(({ name }) => name)), nodes: Node[] = [];
    for (const node of this.#nodes.toReversed()) {
      if (!node.outputs.some((name) => names.has(name))) continue;
      nodes.push(node);
      for (const name of node.inputs) names.add(name);
    }
    return { nodes: nodes.reverse(), names };
  }

  /** The model as a file has it. */
  model(name: string, rest: Pick<Model, "producer" | "metadata">): Model {
    const { nodes, names } = this.#needed();
    return {
      irVersion: IR_VERSION,
      opsets: { "": OPSET },
      name,
      nodes,
      initializers: [...this.#constants].filter(([name]) => names.has(name)).map(([, bytes]) => bytes),
      inputs: this.#inputs,
      outputs: this.#outputs.map(({ info }) => info),
      ...rest,
    };
  }
}
