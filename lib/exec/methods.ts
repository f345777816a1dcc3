/**
 * The methods by name, and how to make a network of each.
 *
 * @module
 */

import type { Library } from "../native/library.ts";
import type { Plan } from "../plan/plan.ts";
import { createBatchNormNetwork, createFixupNetwork } from "./fp32/network.ts";
import { createEoqNetwork } from "./int8/eoq_network.ts";
import { createWageubnNetwork } from "./int8/wageubn_network.ts";
import type { Network } from "./network.ts";
import type { EoqRecipe, InputEncoding } from "./recipe.ts";

/** What a new network needs. */
export interface NetworkOptions {
  /** Must stay open as long as the network. */
  readonly library: Library;
  /** What the network is. */
  readonly plan: Plan;
  /** Largest training batch. */
  readonly batch: number;
  /** Seed of the initial weights and of every random rounding: an unsigned 32-bit integer. */
  readonly seed: number;
  /** L2 penalty on weights; the method's own when absent. */
  readonly weightDecay?: number;
  /** Whether fp32 methods take its mean off the gradient of each output channel's weights; the method's own when absent. */
  readonly centredGradients?: boolean;
  /** What of the EOQ recipe differs from {@linkcode EOQ_RECIPE}; other methods take no notice. */
  readonly recipe?: Partial<EoqRecipe>;
  /** How bytes become numbers; `half` if absent. */
  readonly input?: InputEncoding;
}

/** Methods that can be trained, in the order of tables. */
export const METHODS = ["eoq", "wageubn", "fixup-fp32", "bn-fp32"] as const;

/** Name of a method. */
export type Method = typeof METHODS[number];

/** Makes an initialised network. @throws {RunError} when memory is short. */
export function createNetwork(method: Method, options: NetworkOptions): Network {
  switch (method) {
    case "eoq":
      return createEoqNetwork(options);
    case "wageubn":
      return createWageubnNetwork(options);
    case "fixup-fp32":
      return createFixupNetwork(options);
    case "bn-fp32":
      return createBatchNormNetwork(options);
  }
}
