/**
 * A run's network, from its configuration and checkpoint.
 *
 * @module
 */

import { messageOf, RunError, UserError } from "../errors.ts";
import { createNetwork } from "../exec/methods.ts";
import type { Network, NetworkOptions } from "../exec/network.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { RunConfig } from "./config.ts";

/** An initialised network of a run. @throws {RunError} when memory is short. */
export function networkOf(
  { method, seed, weightDecay, input, recipe, nesterov = false, train }: RunConfig,
  options: Pick<NetworkOptions, "library" | "plan" | "batch" | "part" | "runningStatistics">,
): Network {
  const decay = weightDecay !== null && { weightDecay };
  return createNetwork(method, { ...options, seed, input, recipe, nesterov, ...decay, ...(train && { train }) });
}

/** Puts a checkpoint's tensors into a network. @throws {UserError} naming the file when they do not fit it. */
export function restoreNetwork(network: Network, { entries }: Pick<Checkpoint, "entries">, path: string): void {
  fromFile(path, () => network.restore(entries));
}

/** Runs what reads a checkpoint's tensors. @throws {UserError} naming the file when they do not fit. */
export function fromFile(path: string, read: () => void): void {
  try {
    read();
  } catch (error) {
    // The kernels refuse values that no tensor of theirs can have; memory is there already.
    const ofFile = error instanceof RangeError || error instanceof RunError;
    throw ofFile ? new UserError(`${path}: ${messageOf(error)}`) : error;
  }
}
