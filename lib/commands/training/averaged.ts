/**
 * The averaged weights of a run, for commands that use a trained network.
 *
 * @module
 */

import { RunError, UserError } from "../../errors.ts";
import { TRAITS } from "../../exec/methods.ts";
import { Interrupt } from "../../cli/interrupt.ts";
import type { Values } from "../../cli/options.ts";
import { WeightAverage } from "../../train/average.ts";
import { takeAveraged } from "../../train/averaged.ts";
import type { Checkpoint } from "../../train/checkpoint.ts";
import { restoreNetwork } from "../../train/restore.ts";
import { makeNetwork, setupFromConfig } from "./setup.ts";

/**
 * A checkpoint with the averaged weights of its run in place of the last ones. Running statistics are found again on
 * the images of the run, which only methods that have such read.
 *
 * @throws {UserError} naming the file when nothing was averaged, or what is wrong with the images.
 * @throws {RunError} when it is interrupted.
 */
export async function averagedCheckpoint(checkpoint: Checkpoint, path: string, values: Values): Promise<Checkpoint> {
  const { config, state, sums, entries } = checkpoint;
  if (sums === undefined) throw new UserError(`--averaged: ${path} has no averaged weights`);
  const average = new WeightAverage(sums);
  if (TRAITS[config.method].norm !== "batch") return { ...checkpoint, entries: average.mean(entries), sums: undefined };
  using setup = await setupFromConfig(config, values);
  using interrupt = new Interrupt();
  const network = makeNetwork(setup, config), { dataset } = setup;
  try {
    restoreNetwork(network, checkpoint, path);
    if (!await takeAveraged({ network, dataset, config, average, state, signal: interrupt.signal })) {
      throw new RunError("interrupted");
    }
    return { ...checkpoint, entries: network.state(), sums: undefined };
  } finally {
    network.close();
  }
}
