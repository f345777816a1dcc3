/**
 * A valid call of every kernel, and of those that can be flagged a flagged one.
 *
 * @module
 */

import type { KernelName } from "../../lib/native/declarations.ts";
import type { Parameter } from "./arguments.ts";
import { FP32_ARGUMENTS } from "./fp32/arguments.ts";
import { INT8_ARGUMENTS } from "./int8/arguments.ts";
import { FLAGGED_ARGUMENTS } from "./int8/flagged_arguments.ts";

/** A call to be tested. */
export interface ValidCall {
  readonly kernel: KernelName;
  /** What tests call it. */
  readonly title: string;
  readonly parameters: readonly Parameter[];
}

function callsOf(table: Readonly<Partial<Record<KernelName, readonly Parameter[]>>>, suffix: string): ValidCall[] {
  return Object.entries(table).map(([name, parameters]) => ({
    ...{ kernel: name as KernelName, title: name + suffix, parameters },
  }));
}

/** Calls of all kernels. */
export const VALID_CALLS: readonly ValidCall[] = [
  ...callsOf(INT8_ARGUMENTS, ""),
  ...callsOf(FLAGGED_ARGUMENTS, ", flagged"),
  ...callsOf(FP32_ARGUMENTS, ""),
];
