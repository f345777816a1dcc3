/**
 * What is counted: operations by kind and width, and the phases of a step.
 *
 * @module
 */

import { type Phase, PHASES } from "../native/kernels.ts";

/**
 * Kinds of operations in the order of the counting build (kernels/core/count.h).
 * The width of a multiplication is that of its operands, of anything else that
 * of its result; a maximum, a minimum and each side of a clip is a compare.
 */
export const OPERATION_KINDS = [
  "int8-multiply",
  "int16-multiply",
  "int32-multiply",
  "int64-multiply",
  "int8-add",
  "int16-add",
  "int32-add",
  "int64-add",
  "shift",
  "compare",
  "random",
  "lookup",
  "int-divide",
  "fp32-multiply",
  "fp32-add",
  "fp32-divide",
  "fp32-square-root",
  "fp32-exp",
  "fp32-compare",
] as const;

/** Name of a kind of operation. */
export type OperationKind = typeof OPERATION_KINDS[number];

/** How often each kind of operation is executed. */
export type Operations = Readonly<Record<OperationKind, number>>;

export { type Phase, PHASES };

/** Operations by kind, those that are not named being none. */
export function operationsOf(some: Partial<Operations>): Operations {
  return Object.fromEntries(OPERATION_KINDS.map((kind) => [kind, some[kind] ?? 0])) as Operations;
}

/** The sum of several counts. */
export function sumOperations(all: readonly Partial<Operations>[]): Operations {
  return Object.fromEntries(
    OPERATION_KINDS.map((kind) => [kind, all.reduce((sum, each) => sum + (each[kind] ?? 0), 0)]),
  ) as Operations;
}

/** Operations of a layer of the plan in a phase, for a batch. */
export interface LayerOperations {
  /** Name of a convolution or max pool, a convolution's with `.norm` behind it, `average-pool`, `input`, `loss` or `scalars`. */
  readonly layer: string;
  /** `inference` is forward with nothing that only training needs. */
  readonly phase: Phase | "inference";
  /** What the scalar reference executes, its overhead apart. */
  readonly operations: Operations;
  /** Multiply-accumulates of convolutions as published figures have them, padding taps counted. */
  readonly macs: number;
  /** The same, padding taps passed over, as the operations have them; none if absent. */
  readonly products?: number | undefined;
  /** What is executed beside that, and the algorithm itself has no need of. */
  readonly overhead?: Operations;
}

/** Bytes that a layer moves in a phase, for a batch. */
export interface Traffic {
  readonly layer: string;
  readonly phase: Phase | "inference";
  readonly tensor: "weights" | "activations" | "errors" | "gradients" | "optimizer";
  readonly read: number;
  readonly written: number;
}
