/**
 * Learners side by side on one stream: each entry is read once.
 *
 * @module
 */

import { UserError } from "../errors.ts";
import { Pause } from "../train/pause.ts";
import type { Learner } from "./learner.ts";
import { chained, type Entry, type Fault, NO_ENTRIES, type Stream } from "./stream.ts";

/** What becomes of a stream at an entry that is no image to learn from. */
export type OnError = "stop" | "skip";

/** What {@linkcode learn} needs. */
export interface LearnOptions {
  readonly stream: Stream;
  /**
   * They may stand at different places: one that is ahead waits for the stream to come to where it stands. Those
   * behind the first may diverge, and learn no more.
   */
  readonly learners: readonly Learner[];
  readonly onError: OnError;
  /** Entries to take at most; all where absent. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told what is skipped. */
  readonly onSkipped?: ((fault: Fault) => void) | undefined;
  /** Called and awaited after each entry. */
  readonly between?: (() => Promise<void> | void) | undefined;
}

/** How a stream came to its end: it was taken whole, the signal came, or a fault was in the way. */
export type Ending = "ended" | "stopped" | Fault;

/** Entries until the signal comes, which ends them even while none comes. */
async function* untilAborted(stream: Stream, signal: AbortSignal | undefined): AsyncGenerator<Entry> {
  const entries = stream.entries();
  const iterator = Symbol.asyncIterator in entries ? entries[Symbol.asyncIterator]() : entries[Symbol.iterator]();
  const aborted = new Promise<"aborted">((resolve) => {
    if (signal?.aborted) resolve("aborted");
    signal?.addEventListener("abort", () => resolve("aborted"), { once: true });
  });
  try {
    for (;;) {
      const next = await Promise.race([aborted, iterator.next()]);
      if (next === "aborted" || next.done) return;
      yield next.value;
    }
  } finally {
    // Not awaited: where the signal came while nothing did, it follows the entry that may never come.
    void iterator.return?.();
  }
}

/** @throws {UserError} where a learner stands behind other entries than those of the stream. */
function requireOwn(learners: readonly Learner[], entries: number, digest: string): void {
  if (learners.every((learner) => learner.entries !== entries || learner.digest === digest)) return;
  throw new UserError(`cannot resume: the first ${entries} images of the stream are not those that were learnt`);
}

/**
 * Leads learners along a stream.
 *
 * @returns how it ended. Steps of images that wait are taken only at the end of the stream.
 * @throws {UserError} where the stream is not the one that a learner has begun.
 * @throws {DivergedError} when training of the first learner diverges.
 */
export async function learn(options: LearnOptions): Promise<Ending> {
  const { stream, learners, onError, limit = Infinity, signal } = options;
  const pause = new Pause();
  const lead = (learner: Learner, step: () => void) => {
    try {
      if (!learner.diverged) step();
    } catch (error) {
      if (learner === learners[0] || !learner.diverged) throw error;
    }
  };
  let taken = 0, digest = NO_ENTRIES;
  if (limit > 0) {
    for await (const entry of untilAborted(stream, signal)) {
      digest = chained(digest, entry);
      const due = learners.filter(({ entries, diverged }) => entries <= taken && !diverged);
      if (due.length > 0) {
        const item = await entry.read();
        if ("kind" in item) {
          if (onError === "stop") return item;
          options.onSkipped?.(item);
        }
        for (const learner of due) lead(learner, () => learner.take(item, digest));
      }
      taken++;
      requireOwn(learners, taken, digest);
      await options.between?.();
      await pause.between();
      if (taken >= limit || signal?.aborted) break;
    }
  }
  if (signal?.aborted) return "stopped";
  const ahead = learners.find(({ entries }) => entries > taken);
  if (ahead !== undefined) {
    throw new UserError(`cannot resume: the stream ends after ${taken} images, ${ahead.entries} were learnt`);
  }
  for (const learner of learners) lead(learner, () => learner.finish());
  return "ended";
}
