/**
 * The memory of a training step, without the memory: a network is made over a
 * library whose tensors are nowhere, and asked what it holds.
 *
 * @module
 */

import type { Library } from "../native/library.ts";
import { SYMBOLS } from "../native/symbols.ts";
import type { Plan } from "../plan/plan.ts";
import { createNetwork, type Method } from "./methods.ts";
import type { ByteCounts } from "./network.ts";

/** A library whose tensors have no memory and whose functions do nothing. */
function weightlessLibrary(): Library {
  let handles = 0;
  const nothing = Object.keys(SYMBOLS).map((name) => [name, () => 0]);
  const symbols = { ...Object.fromEntries(nothing), eoq_tensor_create: () => ++handles };
  return { symbols, check: (status: number) => status } as unknown as Library;
}

/**
 * Bytes that a training step of a method holds at the given batch size.
 *
 * @throws {UserError} naming the layer that the method does not run.
 */
export function stepBytes(method: Method, plan: Plan, batch: number): ByteCounts {
  const network = createNetwork(method, { library: weightlessLibrary(), plan, batch, seed: 1 });
  const bytes = network.bytes();
  network.close();
  return bytes;
}
