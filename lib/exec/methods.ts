/**
 * The methods: what each is, and how to make a network of it. Whatever else
 * differs from method to method is a table of its own with a row for each of
 * these names, which the compiler demands.
 *
 * @module
 */

import { checkWhole, MOST_IMAGES } from "./batch.ts";
import { createBatchNormNetwork, createFixupNetwork } from "./fp32/network.ts";
import { createEoqNetwork } from "./int8/eoq_network.ts";
import { createWageubnNetwork } from "./int8/wageubn_network.ts";
import type { Network, NetworkOptions } from "./network.ts";
import { checkRecipe } from "./recipe_values.ts";

/** Methods that can be trained, in the order of tables. */
export const METHODS = ["eoq", "wageubn", "fixup-fp32", "bn-fp32"] as const;

/** Name of a method. */
export type Method = typeof METHODS[number];

/** Numbers that a method computes with. Those in int8 come out the same on every machine, path and number of threads. */
export const ARITHMETICS = ["int8", "fp32"] as const;

/** Name of an arithmetic. */
export type Arithmetic = typeof ARITHMETICS[number];

/** What a method is. */
export interface MethodTraits {
  /** What it trains with. */
  readonly arithmetic: Arithmetic;
  /** Whether batch norm follows its convolutions, or Fixup's scalars stand around them. */
  readonly norm: "batch" | "fixup";
  /** Whether it takes the recipe of a run; the others do what their papers say. */
  readonly takesRecipe: boolean;
  /** Makes an initialised network. */
  readonly create: (options: NetworkOptions) => Network;
}

/** What each method is. */
export const TRAITS: Readonly<Record<Method, MethodTraits>> = {
  "eoq": { arithmetic: "int8", norm: "fixup", takesRecipe: true, create: createEoqNetwork },
  "wageubn": { arithmetic: "int8", norm: "batch", takesRecipe: false, create: createWageubnNetwork },
  "fixup-fp32": { arithmetic: "fp32", norm: "fixup", takesRecipe: false, create: createFixupNetwork },
  "bn-fp32": { arithmetic: "fp32", norm: "batch", takesRecipe: false, create: createBatchNormNetwork },
};

/**
 * Makes an initialised network.
 *
 * @throws {RangeError} for a batch that is not 1 or more, a seed outside 0..2^32 - 1, or what no recipe has.
 * @throws {RunError} when memory is short.
 */
export function createNetwork(method: Method, options: NetworkOptions): Network {
  checkWhole("batch", options.batch, 1, MOST_IMAGES);
  checkWhole("seed", options.seed, 0, 2 ** 32 - 1);
  checkRecipe({ ...options.recipe });
  return TRAITS[method].create(options);
}
