/**
 * What a rank of `eoq bench scale` is asked for, and what the first one answers.
 *
 * @module
 */

import type { Method } from "../exec/methods.ts";
import type { EoqRecipe } from "../exec/recipe.ts";
import type { RegularMessages } from "../count/messages.ts";
import type { Setting } from "../report/setting.ts";

/** Steps before the weights are compared. */
export const HASHED_STEPS = 3;

/** Steps to share. */
export interface ScalingJob extends Setting {
  readonly model: string;
  readonly methods: readonly Method[];
  /** Images of all ranks together. */
  readonly batches: readonly number[];
  readonly recipe: Partial<EoqRecipe>;
  /** Folder of CIFAR-10; undefined for the place where it is kept. */
  readonly data?: string | undefined;
  /** Of each method and batch. */
  readonly seconds: number;
}

/** What the steps of a method and a batch came to. */
export interface ScalingSample {
  readonly method: Method;
  readonly batch: number;
  /** Of each step, on the first rank. */
  readonly seconds: readonly number[];
  /** Of a step. */
  readonly messages: RegularMessages;
  readonly formula: RegularMessages;
  /** Digest of each rank's weights after the first steps. */
  readonly hashes: readonly string[];
}
