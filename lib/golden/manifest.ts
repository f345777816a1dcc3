/**
 * What manifest.json of a dump holds: the calls of a training step, each with
 * its operands, and the definition of every kernel among them.
 *
 * @module
 */

import type { Geometry } from "../native/conv_shape.ts";
import type { Phase } from "../native/kernels.ts";
import type { TensorType } from "../native/tensor.ts";
import type { Int8Kernel } from "./shapes.ts";

/** Types that an integer step's tensors have. */
export type IntegerType = Exclude<TensorType, "fp32" | "fp64">;

/** Tells a manifest from other JSON. */
export const MANIFEST_FORMAT = "eoq-golden";

/** Of this layout. */
export const MANIFEST_VERSION = 1;

/** A tensor at one moment. */
export interface TensorState {
  /** A .npy file beside the manifest; it can hold more elements than a call's shape, behind them. */
  readonly file: string;
  /** value = q * 2^exponent. */
  readonly exponent: number;
  /** What an int8 or int32 tensor is known to lie between. */
  readonly range?: readonly [minimum: number, maximum: number];
}

/** A tensor of a call. */
export interface Operand {
  /** Whether the call reads it, writes it, or both. */
  readonly kind: "in" | "out" | "inout";
  /** Number of the tensor: the same one has it in all calls. */
  readonly tensor: number;
  readonly type: IntegerType;
  /** Elements each way. */
  readonly shape: readonly number[];
  /** Absent where it is not read. */
  readonly before?: TensorState;
  /** Absent where it is not written. */
  readonly after?: TensorState;
}

/** How a call quantizes. */
export interface CallQuantizer {
  readonly bits: number;
  readonly rounding: "nearest" | "stochastic";
  /** What keys the random bits; absent where none are drawn. */
  readonly random?: { readonly seed: number; readonly step: number; readonly stream: number };
  /** `exact`, or the index of the exponent of the step before in the operand `quantizer.exponents`. */
  readonly exponent: "exact" | number;
  /** Exponent of the result less that of the sums, where an operand tells of it. */
  readonly shift?: number;
}

/** A shape with the rows and columns of its output. */
export interface CallShape extends Geometry {
  readonly outputHeight: number;
  readonly outputWidth: number;
}

/** A call of a kernel. */
export interface GoldenCall {
  readonly index: number;
  readonly layer: string;
  readonly phase: Phase;
  readonly kernel: Int8Kernel;
  /** By word. What the kernel can be without, and is, is absent, as is room whose contents mean nothing behind it. */
  readonly operands: Readonly<Record<string, Operand>>;
  /** Numbers by word. */
  readonly constants: Readonly<Record<string, number>>;
  /** Words among the constants, and those of the quantizer, that are other numbers in each step, and what they are called. */
  readonly slots?: Readonly<Record<string, string>>;
  readonly shapes?: Readonly<Record<string, CallShape>>;
  readonly quantizer?: CallQuantizer;
  /** How weights are updated. */
  readonly policy?: Readonly<Record<string, number>>;
}

/** Where a step comes from. */
export interface StepSource {
  readonly model: string;
  readonly method: string;
  readonly batch: number;
  readonly seed: number;
  /** Training steps before this one. */
  readonly step: number;
  /** `random`, or the name of the dataset. */
  readonly images: string;
  readonly input: string;
  /** The recipe, of a method that takes one. */
  readonly recipe?: Readonly<Record<string, unknown>>;
  /** Present where momentum is Nesterov's. */
  readonly nesterov?: true;
  readonly command: string;
  readonly version: string;
}

/** The whole file. */
export interface Manifest extends StepSource {
  readonly format: typeof MANIFEST_FORMAT;
  readonly formatVersion: typeof MANIFEST_VERSION;
  /** Slots of the step by name. */
  readonly slots: Readonly<Record<string, number>>;
  /** What the definitions build on, by name. */
  readonly arithmetic: Readonly<Record<string, readonly string[]>>;
  /** Of each kernel that is called, its words and its definition. */
  readonly kernels: Readonly<Record<string, { readonly words: string; readonly definition: readonly string[] }>>;
  readonly calls: readonly GoldenCall[];
}
