/**
 * The memory of a training step, without the memory: a network is made over
 * kernels whose tensors are nowhere, and asked what it holds.
 *
 * @module
 */

import { symbolsBy } from "../native/functions.ts";
import type { Kernels } from "../native/kernels.ts";
import type { Plan } from "../plan/plan.ts";
import { createNetwork, type Method } from "./methods.ts";
import type { ByteCounts } from "./network.ts";

/** Kernels whose tensors have no memory and whose functions do nothing. */
function weightlessKernels(): Kernels {
  let handles = 0;
  const symbols = symbolsBy((name) => name === "eoq_tensor_create" ? ++handles : 0);
  return { symbols, check: (status) => status, call: () => {} };
}

/**
 * Bytes that a training step of a method holds at the given batch size.
 *
 * @throws {UserError} naming the layer that the method does not run.
 */
export function stepBytes(method: Method, plan: Plan, batch: number): ByteCounts {
  const network = createNetwork(method, { library: weightlessKernels(), plan, batch, seed: 1 });
  const bytes = network.bytes();
  network.close();
  return bytes;
}
