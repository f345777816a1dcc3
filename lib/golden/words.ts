/**
 * The words of a call, sorted by what they are: tensors, shapes, numbers.
 *
 * @module
 */

import { ConvShape, type Geometry } from "../native/conv_shape.ts";
import { INT8_KERNELS } from "../native/declarations.ts";
import type { Call, SlotValues } from "../native/program.ts";
import { Tensor } from "../native/tensor.ts";
import { flatten, LAYOUTS, Slot } from "../native/words.ts";
import { type CallSizes, type Int8Kernel, operandShape, outputRows } from "./shapes.ts";
import type { CallQuantizer, CallShape, Operand } from "./manifest.ts";

/** A tensor that a call names. */
export interface TensorWord {
  readonly word: string;
  readonly kind: "in" | "out" | "inout";
  readonly tensor: Tensor;
  /** Absent of room whose contents mean nothing behind the call. */
  readonly shape: readonly number[] | undefined;
}

/** A call's words. */
export interface SortedWords {
  readonly tensors: readonly TensorWord[];
  readonly shapes: ReadonlyMap<string, ConvShape>;
  /** By word, `quantizer.bits` and the like among them. */
  readonly numbers: ReadonlyMap<string, number>;
  /** Names of slots by word. */
  readonly slots: ReadonlyMap<string, string>;
}

/** Whether a kernel is one of integers. */
function isInt8Kernel(kernel: string): kernel is Int8Kernel {
  return Object.hasOwn(INT8_KERNELS, kernel);
}

/** Sorts the words of a call in a run with these slots. @throws {TypeError} when its kernel is none of integers */
export function sortWords(call: Call, values: SlotValues): SortedWords {
  const { kernel } = call;
  if (!isInt8Kernel(kernel)) throw new TypeError(`${kernel} is no kernel of integers`);
  const named: { word: string; kind: TensorWord["kind"]; tensor: Tensor }[] = [];
  const shapes = new Map<string, ConvShape>(), numbers = new Map<string, number>(), slots = new Map<string, string>();
  flatten(kernel, call.words as never).forEach((value, i) => {
    const { name: word, kind } = LAYOUTS[kernel][i]!;
    if (kind === "guess") return;
    if (value instanceof Tensor) {
      named.push({ word, kind: kind.replace("?", "") as TensorWord["kind"], tensor: value });
    } else if (value instanceof ConvShape) {
      shapes.set(word, value);
    } else if (value instanceof Slot) {
      slots.set(word, value.name);
      numbers.set(word, values[value.name]!);
    } else if (value !== undefined) {
      numbers.set(word, value);
    }
  });
  const sizes: CallSizes = {
    number: (word) => numbers.get(word)!,
    geometry: (word) => shapes.get(word)!.geometry,
  };
  const tensors = named.map((each) => ({
    ...each,
    shape: operandShape(kernel, each.word, sizes, each.tensor.count),
  }));
  return { tensors, shapes, numbers, slots };
}

/** A shape as a manifest has it. */
export function callShape(geometry: Geometry): CallShape {
  const { height, width, inputs, outputs, kernel, stride, padding } = geometry;
  const [outputHeight, outputWidth] = outputRows(geometry);
  return { height, width, inputs, outputs, kernel, stride, padding, outputHeight, outputWidth };
}

const QUANTIZER = "quantizer.", POLICY = "policy.";

/** The numbers of a call that are none of its quantizer and policy. */
export function constantsOf({ numbers }: SortedWords): Record<string, number> {
  return Object.fromEntries([...numbers].filter(([word]) => !word.startsWith(QUANTIZER) && !word.startsWith(POLICY)));
}

/** The policy of an update, or undefined of another call. */
export function policyOf({ numbers }: SortedWords): Record<string, number> | undefined {
  const own = [...numbers].filter(([word]) => word.startsWith(POLICY));
  return own.length === 0
    ? undefined
    : Object.fromEntries(own.map(([word, value]) => [word.slice(POLICY.length), value]));
}

/** How a call quantizes, or undefined where it does not; the shift is not known yet. */
export function quantizerOf({ numbers, tensors }: SortedWords): CallQuantizer | undefined {
  const number = (word: string) => numbers.get(QUANTIZER + word)!;
  if (!numbers.has(`${QUANTIZER}bits`)) return undefined;
  const hindsight = tensors.some(({ word }) => word === `${QUANTIZER}exponents`);
  const random = number("stochastic") === 1;
  return {
    bits: number("bits"),
    rounding: random ? "stochastic" : "nearest",
    ...(random && { random: { seed: number("seed"), step: number("step"), stream: number("stream") } }),
    exponent: hindsight ? number("exponent") : "exact",
  };
}

/** What is quantized into, and the operand whose exponent, with a power of two, is that of the sums. */
interface Sums {
  readonly into: string;
  readonly of: string;
  readonly power: number;
}

/** Kernels whose sums have an exponent that an operand tells of. */
const SUMS: { readonly [K in Int8Kernel]?: Sums } = {
  int8_conv_forward_activate: { into: "y", of: "sums", power: 0 },
  int8_conv_forward_quantize: { into: "y", of: "sums", power: 0 },
  int8_conv_backward_data_activate: { into: "dx", of: "sums", power: 0 },
  int8_conv_backward_data_block: { into: "dx", of: "sums", power: 0 },
  int8_activate: { into: "y", of: "x", power: 0 },
  int8_quantize: { into: "y", of: "x", power: 0 },
  int8_pool: { into: "y", of: "sums", power: 0 },
  int8_pool_backward: { into: "dx", of: "dy", power: -22 },
  int8_residual_backward: { into: "dz", of: "dy", power: -13 },
  int8_activate_backward: { into: "dx", of: "dy", power: 0 },
  int8_block_backward: { into: "dx", of: "du", power: 0 },
};

/** By how much a call shifted its sums, where an operand tells of their exponent. */
export function shiftOf(kernel: Int8Kernel, operands: Readonly<Record<string, Operand>>): number | undefined {
  const sums = SUMS[kernel];
  if (sums === undefined) return undefined;
  const { before, after = before } = operands[sums.of]!;
  return operands[sums.into]!.after!.exponent - after!.exponent - sums.power;
}
