/**
 * What networks and tensors see of the kernel library. The library itself is
 * one; others write down what is called, or compute nothing.
 *
 * @module
 */

import type { KernelName } from "./declarations.ts";
import type { Functions } from "./functions.ts";
import type { Words } from "./words.ts";

/** Phases of a step; inference is forward alone. */
export const PHASES = ["forward", "backward", "update"] as const;

/** Name of a phase of a step. */
export type Phase = typeof PHASES[number];

/** What a call is a part of. */
export interface Place {
  /** Name of a convolution or max pool, a convolution's with `.norm` behind it, `average-pool`, `input`, `loss` or `scalars`. */
  readonly layer: string;
  readonly phase: Phase;
}

/** The C functions, and the kernels that they run. */
export interface Kernels extends Functions {
  /**
   * Runs a kernel, or writes the call down.
   *
   * @internal
   * @throws {RunError} with the library's text when it refuses.
   */
  call<K extends KernelName>(kernel: K, words: Words<K>, place: Place): void;
}
