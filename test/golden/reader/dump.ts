/**
 * A dump as it lies in a folder: the manifest, and tensors out of .npy files.
 *
 * @module
 */

import type { Range } from "./numbers.ts";

/** A tensor at one moment. */
export interface State {
  readonly file: string;
  readonly exponent: number;
  readonly range?: Range;
}

export interface Operand {
  readonly kind: "in" | "out" | "inout";
  readonly tensor: number;
  readonly type: string;
  readonly shape: readonly number[];
  readonly before?: State;
  readonly after?: State;
}

export interface Shape {
  readonly height: number;
  readonly width: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
}

export interface Quantizer {
  readonly bits: number;
  readonly rounding: "nearest" | "stochastic";
  readonly random?: { readonly seed: number; readonly step: number; readonly stream: number };
  readonly exponent: "exact" | number;
  readonly shift?: number;
}

export interface Call {
  readonly index: number;
  readonly layer: string;
  readonly phase: string;
  readonly kernel: string;
  readonly operands: Readonly<Record<string, Operand>>;
  readonly constants: Readonly<Record<string, number>>;
  readonly shapes?: Readonly<Record<string, Shape>>;
  readonly quantizer?: Quantizer;
  readonly policy?: Readonly<Record<string, number>>;
}

export interface Dump {
  readonly folder: string;
  readonly kernels: Readonly<Record<string, unknown>>;
  readonly calls: readonly Call[];
}

/** Reads a manifest. */
export async function readDump(folder: string): Promise<Dump> {
  const manifest = JSON.parse(await Deno.readTextFile(`${folder}/manifest.json`));
  if (manifest.format !== "eoq-golden" || manifest.formatVersion !== 1) throw new Error(`${folder}: no dump`);
  return { folder, kernels: manifest.kernels, calls: manifest.calls };
}

const ARRAYS: Readonly<Record<string, new (buffer: ArrayBuffer) => ArrayLike<number | bigint>>> = {
  "|i1": Int8Array,
  "|u1": Uint8Array,
  "<i2": Int16Array,
  "<i4": Int32Array,
  "<i8": BigInt64Array,
  "<u8": BigUint64Array,
};

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  int8: "|i1",
  uint8: "|u1",
  int16: "<i2",
  int32: "<i4",
  int64: "<i8",
  bits: "<u8",
};

/** The first elements of a tensor, as many as its shape has: bits as 0 and 1, int64 as it is. */
export function readTensor(folder: string, { type, shape }: Operand, { file }: State): (number | bigint)[] {
  const bytes = Deno.readFileSync(`${folder}/${file}`);
  const magic = String.fromCharCode(...bytes.subarray(1, 6));
  if (bytes[0] !== 0x93 || magic !== "NUMPY" || bytes[6] !== 1) throw new Error(`${file}: no .npy file of version 1`);
  const start = 10 + bytes[8]! + 256 * bytes[9]!;
  const header = new TextDecoder().decode(bytes.subarray(10, start));
  const [, description, sizes] = /^\{'descr': '(...)', 'fortran_order': False, 'shape': \(([^)]*)\), \} *\n$/.exec(
    header,
  )!;
  if (description !== DESCRIPTIONS[type]) throw new Error(`${file}: is ${description}, not ${type}`);
  const array = new ARRAYS[description!]!(bytes.slice(start).buffer);
  const stored = sizes!.split(",").filter((each) => each.trim() !== "").reduce((all, each) => all * Number(each), 1);
  if (array.length !== stored) throw new Error(`${file}: has ${array.length} elements, says ${stored}`);
  const count = shape.reduce((all, each) => all * each, 1);
  if (type === "bits") {
    const words = array as BigUint64Array;
    const unused = count % 64 === 0 ? 0n : words[count >> 6]! >> BigInt(count % 64);
    if (words.length !== Math.ceil(count / 64) || unused !== 0n) throw new Error(`${file}: has bits beyond ${count}`);
    return Array.from({ length: count }, (_, i) => Number(words[i >> 6]! >> BigInt(i & 63) & 1n));
  }
  if (array.length < count) throw new Error(`${file}: has ${array.length} elements, needs ${count}`);
  return Array.from({ length: count }, (_, i) => array[i]!);
}
