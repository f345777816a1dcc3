/**
 * How a stream stands, in a line.
 *
 * @module
 */

import { formatRate } from "../terminal/format.ts";
import { bar, BAR_WIDTH, ProgressLine } from "../terminal/progress.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { LogSink } from "../train/log.ts";
import type { Learner } from "./learner.ts";

/** How the first of the learners does. */
function standing({ outcomes }: Learner): string {
  const { accuracy, last100 } = outcomes.accuracy, percent = (share: number) => `${(100 * share).toFixed(1)}%`;
  return `accuracy ${percent(accuracy)}, last 100 ${percent(last100)}`;
}

/** Draws it on a terminal, at most ten times a second. */
export class LearnProgress {
  readonly #line: ProgressLine;
  readonly #total: number | undefined;
  readonly #first: { readonly entries: number; readonly now: number };

  /** @param total Entries of the stream; undefined where nobody knows. */
  constructor(terminal: Terminal, learner: Learner, total: number | undefined) {
    this.#line = new ProgressLine(terminal);
    this.#total = total;
    this.#first = { entries: learner.entries, now: this.#line.now() };
  }

  /** Redraws the line if the last drawing is old enough. */
  update(learner: Learner): void {
    if (!this.#line.isDue()) return;
    const total = this.#total, { entries } = learner;
    const rate = 1000 * (entries - this.#first.entries) / Math.max(1, this.#line.now() - this.#first.now);
    const after = `${standing(learner)}, ${formatRate(rate)} images/s`;
    const before = total === undefined ? `image ${entries}` : `image ${entries}/${total}`;
    const room = this.#line.width - before.length - after.length - " [] ".length - 1;
    const drawn = total === undefined || room < 4 ? "" : ` ${bar(entries / total, Math.min(room, BAR_WIDTH))}`;
    this.#line.draw(`${before}${drawn} ${after}`);
  }

  /** Removes the line. */
  clear(): void {
    this.#line.clear();
  }
}

/** Writes it as lines, every few seconds. */
export class LearnLog {
  readonly #sink: LogSink;
  readonly #seconds: number;
  #written: number;

  constructor(sink: LogSink, seconds: number) {
    this.#sink = sink;
    this.#seconds = seconds;
    this.#written = sink.now();
  }

  /** Writes a line if the last one is old enough. @throws where nobody reads. */
  update(learner: Learner): void {
    const now = this.#sink.now();
    if (now - this.#written < 1000 * this.#seconds) return;
    this.#written = now;
    this.#sink.write(`image ${learner.entries}, ${standing(learner)}`);
  }
}
