/**
 * Measures a network on a split.
 *
 * @module
 */

import { BatchReader } from "../data/batch_reader.ts";
import type { Split } from "../data/dataset.ts";
import type { Network } from "../exec/network.ts";
import type { Group } from "../native/group.ts";
import { Pause } from "./pause.ts";

/** What an evaluation came to. */
export interface Evaluation {
  /** Images whose largest logit was that of their class. */
  readonly correct: number;
  /** Images. */
  readonly count: number;
  /** `correct / count`. */
  readonly accuracy: number;
  /** Mean cross-entropy in nats. */
  readonly loss: number;
  /** Seconds in the network. */
  readonly seconds: number;
}

/** Images between two looks at the signal: some milliseconds to a second of work. */
const IMAGES_AT_ONCE = 100;

/**
 * Classifies every image, in order.
 *
 * @param group the processes that share it, all of which are told what it came to
 * @returns `undefined` when the signal stopped it.
 */
export async function evaluate(
  network: Network,
  split: Split,
  signal?: AbortSignal,
  group?: Group,
): Promise<Evaluation | undefined> {
  const reader = new BatchReader(split, IMAGES_AT_ONCE);
  const order = Uint32Array.from({ length: split.count }, (_, i) => i);
  const pause = new Pause();
  let correct = 0, lossSum = 0, seconds = 0, stopped = false;
  const { rank, size } = group ?? { rank: 0, size: 1 };
  for (let from = rank * IMAGES_AT_ONCE; from < split.count; from += size * IMAGES_AT_ONCE) {
    await pause.between();
    stopped = signal?.aborted ?? false;
    if (stopped) break;
    const started = performance.now();
    const metrics = network.evaluate(reader.gather(order.subarray(from, from + IMAGES_AT_ONCE)));
    seconds += (performance.now() - started) / 1000;
    correct += metrics.correct;
    lossSum += metrics.lossSum;
  }
  const own = { correct, lossSum, seconds, stopped: Number(stopped) };
  const all = group === undefined ? own : { ...group.sums(own), seconds: group.largest(seconds) };
  if (all.stopped > 0) return undefined;
  const { count } = split;
  return {
    correct: all.correct,
    count,
    accuracy: all.correct / count,
    loss: all.lossSum / count,
    seconds: all.seconds,
  };
}
