/**
 * A program as a list to read: its calls in turn, tensors by number.
 *
 * @module
 */

import type { KernelName } from "../native/declarations.ts";
import type { Phase } from "../native/kernels.ts";
import type { Call, Program } from "../native/program.ts";
import { Tensor, type TensorType } from "../native/tensor.ts";
import { flatten, LAYOUTS, Slot } from "../native/words.ts";

/** A tensor of a call. */
export interface Operand {
  /** What the kernel calls it. */
  readonly name: string;
  /** Its number in the program, in the order of first use. */
  readonly tensor: number;
  readonly type: TensorType;
  /** Elements that it has room for. */
  readonly count: number;
}

/** A call of a program. */
export interface ListedCall {
  /** From 0 on. */
  readonly index: number;
  readonly layer: string;
  readonly phase: Phase;
  readonly kernel: KernelName;
  /** What it reads; what it changes in place is among these and those. */
  readonly reads: readonly Operand[];
  readonly writes: readonly Operand[];
  /** Sizes, indices and policies by name. */
  readonly numbers: Readonly<Record<string, number>>;
  /** What is another number in each step: words by name, with the names of their slots. */
  readonly slots: Readonly<Record<string, string>>;
}

/** Numbers what it has not seen. */
function numbering(): (tensor: Tensor) => number {
  const numbers = new Map<Tensor, number>();
  return (tensor) => {
    const number = numbers.get(tensor) ?? numbers.size;
    numbers.set(tensor, number);
    return number;
  };
}

function listCall(
  { kernel, layer, phase, words }: Call,
  index: number,
  numberOf: (tensor: Tensor) => number,
): ListedCall {
  const reads: Operand[] = [], writes: Operand[] = [];
  const numbers: Record<string, number> = {}, slots: Record<string, string> = {};
  flatten(kernel, words).forEach((value, i) => {
    const { name, kind } = LAYOUTS[kernel][i]!;
    if (kind === "guess" || value === undefined) return;
    if (typeof value === "number") numbers[name] = value;
    else if (value instanceof Slot) slots[name] = value.name;
    else if (value instanceof Tensor) {
      const operand = { name, tensor: numberOf(value), type: value.type, count: value.count };
      if (kind.startsWith("in")) reads.push(operand);
      if (!/^in\??$/.test(kind)) writes.push(operand);
    } else {
      for (const [size, each] of Object.entries(value.geometry)) {
        if (typeof each === "number") numbers[`${name}.${size}`] = each;
      }
    }
  });
  return { index, layer, phase, kernel, reads, writes, numbers, slots };
}

/** The calls of a program in the order in which they run. */
export function listCalls({ calls }: Program): ListedCall[] {
  const numberOf = numbering();
  return calls.map((call, index) => listCall(call, index, numberOf));
}
