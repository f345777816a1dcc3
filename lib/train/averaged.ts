/**
 * What averaged weights come to: put into the network in place of the last
 * ones, measured, and taken out again.
 *
 * @module
 */

import { BatchReader } from "../data/batch_reader.ts";
import type { Dataset } from "../data/dataset.ts";
import { epochOrder } from "../data/order.ts";
import type { Network } from "../exec/network.ts";
import type { WeightAverage } from "./average.ts";
import type { RunConfig } from "./config.ts";
import { evaluate } from "./evaluate.ts";
import { gather } from "./loop.ts";
import type { Group } from "../native/group.ts";
import { Pause } from "./pause.ts";
import type { TrainingState } from "./state.ts";
import { weightsSha256 } from "./weights_hash.ts";

/** What averaged weights came to. */
export interface AveragedOutcome {
  /** Moments of the run whose weights were averaged. */
  readonly samples: number;
  /** A fraction, of the images that the last weights are measured on. */
  readonly accuracy: number;
  /** Digest of the averaged weights, running statistics included. */
  readonly weightsSha256: string;
}

/** What {@linkcode measureAveraged} needs. */
export interface AveragedOptions {
  readonly network: Network;
  readonly dataset: Dataset;
  readonly config: RunConfig;
  /** Of one sample at least. */
  readonly average: WeightAverage;
  readonly state: Readonly<TrainingState>;
  readonly signal?: AbortSignal | undefined;
  /** See {@linkcode evaluate}. */
  readonly group?: Group | undefined;
}

/** Batches after which running statistics have forgotten where they started: 0.9^100 is 3e-5. */
const SETTLING_BATCHES = 100;

/**
 * Running statistics belong to the weights that they were found with, and a
 * mean of them to none (Izmailov et al., arXiv 1803.05407, section 3.2): they
 * are found again by the batches that training would take next, of one epoch
 * at most, with their statistics and without an update.
 *
 * @returns false when the signal stopped it.
 */
async function settle(
  { network, dataset, config, state, signal, group }: Omit<AveragedOptions, "average">,
): Promise<boolean> {
  if (network.settle === undefined) return true;
  const { seed, batch, augmentation } = config, { train } = dataset;
  const epoch = Math.ceil(state.images / train.count);
  const order = epochOrder(train.count, seed, epoch).subarray(0, SETTLING_BATCHES * batch);
  const reader = new BatchReader(train, group?.largestPart(batch) ?? batch);
  const pause = new Pause();
  for (let from = 0, step = state.step; from < order.length; from += batch, step++) {
    await pause.between();
    const aborted = signal?.aborted ?? false;
    if (group?.any(aborted) ?? aborted) return false;
    const indices = order.subarray(from, from + batch), part = group?.partOf(indices.length);
    const own = gather({ seed, augmentation }, reader, indices, epoch, part);
    if (part === undefined) network.settle(own, step);
    else group!.share(part, () => network.settle!(own, step));
  }
  return true;
}

/**
 * Puts averaged weights into a network, in place of its last ones.
 *
 * @returns false when the signal stopped it.
 */
export async function takeAveraged({ average, ...options }: AveragedOptions): Promise<boolean> {
  const { network } = options;
  network.restore(average.mean(network.state()));
  return await settle(options);
}

/**
 * Measures averaged weights; the network is as before afterwards.
 *
 * @returns `undefined` when the signal stopped it.
 */
export async function measureAveraged(options: AveragedOptions): Promise<AveragedOutcome | undefined> {
  const { network, dataset, average, signal, group } = options;
  const last = network.state();
  try {
    if (!await takeAveraged(options)) return undefined;
    const evaluation = await evaluate(network, dataset.test, signal, group);
    if (evaluation === undefined) return undefined;
    const { accuracy } = evaluation;
    return { samples: average.samples, accuracy, weightsSha256: await weightsSha256(network.state()) };
  } finally {
    network.restore(last);
  }
}
