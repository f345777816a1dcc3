/**
 * Measures a network on a split.
 *
 * @module
 */

import { BatchReader } from "../data/batch_reader.ts";
import type { Split } from "../data/dataset.ts";
import type { Network } from "../exec/network.ts";
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
 * @returns `undefined` when the signal stopped it.
 */
export async function evaluate(
  network: Network,
  split: Split,
  signal?: AbortSignal,
): Promise<Evaluation | undefined> {
  const reader = new BatchReader(split, IMAGES_AT_ONCE);
  const order = Uint32Array.from({ length: split.count }, (_, i) => i);
  const pause = new Pause();
  let correct = 0;
  let lossSum = 0;
  let seconds = 0;
  for (let from = 0; from < split.count; from += IMAGES_AT_ONCE) {
    await pause.between();
    if (signal?.aborted) return undefined;
    const started = performance.now();
    const metrics = network.evaluate(reader.gather(order.subarray(from, from + IMAGES_AT_ONCE)));
    seconds += (performance.now() - started) / 1000;
    correct += metrics.correct;
    lossSum += metrics.lossSum;
  }
  return { correct, count: split.count, accuracy: correct / split.count, loss: lossSum / split.count, seconds };
}
