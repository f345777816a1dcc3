/**
 * Learners side by side on one stream: each entry is read once, and the next one while they learn.
 *
 * @module
 */

import { UserError } from "../errors.ts";
import { Pause } from "../train/pause.ts";
import type { Learner } from "./learner.ts";
import { chained, type Entry, type Fault, type LabelledImage, NO_ENTRIES, type Stream } from "./stream.ts";

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

/** An entry that has come. */
interface Coming {
  readonly entry: Entry;
  /** Its image, which is being read; absent where no learner takes it. */
  readonly item: Promise<LabelledImage | Fault> | undefined;
}

/**
 * Entries until the limit, or until the signal comes, which ends them even while none comes. The next one, if it is
 * there, is read while this one is learnt from.
 */
async function* readAhead({ stream, learners, limit = Infinity, signal }: LearnOptions): AsyncGenerator<Coming> {
  const entries = stream.entries();
  const iterator = Symbol.asyncIterator in entries ? entries[Symbol.asyncIterator]() : entries[Symbol.iterator]();
  const aborted = new Promise<"aborted">((resolve) => {
    if (signal?.aborted) resolve("aborted");
    signal?.addEventListener("abort", () => resolve("aborted"), { once: true });
  });
  let asked = 0;
  const come = async (): Promise<Coming | undefined> => {
    const place = asked++, isDue = learners.some(({ entries, diverged }) => entries <= place && !diverged);
    const { done, value: entry } = await iterator.next();
    if (done) return undefined;
    const item = isDue ? entry.read() : undefined;
    item?.catch(() => {}); // thrown where it is awaited, which is later
    return { entry, item };
  };
  const ask = () => {
    if (asked >= limit) return undefined;
    const coming = come();
    coming.catch(() => {}); // as above
    return coming;
  };
  try {
    for (let next = ask(); next !== undefined;) {
      const coming = await Promise.race([aborted, next]);
      if (coming === "aborted" || coming === undefined) return;
      next = ask();
      yield coming;
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
  const { learners, onError, signal } = options;
  const pause = new Pause();
  const lead = (learner: Learner, step: () => void) => {
    try {
      if (!learner.diverged) step();
    } catch (error) {
      if (learner === learners[0] || !learner.diverged) throw error;
    }
  };
  let taken = 0, digest = NO_ENTRIES;
  for await (const { entry, item } of readAhead(options)) {
    digest = chained(digest, entry);
    const due = learners.filter(({ entries, diverged }) => entries <= taken && !diverged);
    if (due.length > 0) {
      const read = await item!;
      if ("kind" in read) {
        if (onError === "stop") return read;
        options.onSkipped?.(read);
      }
      for (const learner of due) lead(learner, () => learner.take(read, digest));
    }
    taken++;
    requireOwn(learners, taken, digest);
    await options.between?.();
    await pause.between();
    if (signal?.aborted) break;
  }
  if (signal?.aborted) return "stopped";
  const ahead = learners.find(({ entries }) => entries > taken);
  if (ahead !== undefined) {
    throw new UserError(`cannot resume: the stream ends after ${taken} images, ${ahead.entries} were learnt`);
  }
  for (const learner of learners) lead(learner, () => learner.finish());
  return "ended";
}
