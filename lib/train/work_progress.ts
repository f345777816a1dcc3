/**
 * A line on the terminal that shows how far a download or a conversion is.
 *
 * @module
 */

import { formatDuration } from "../terminal/format.ts";
import { bar, BAR_WIDTH, INTERVAL } from "./progress.ts";
import { drawLine, type Terminal } from "../terminal/terminal.ts";

/** Draws how much of a whole is done, at most ten times a second. */
export class WorkProgress {
  readonly #terminal: Terminal;
  readonly #what: string;
  readonly #format: (amount: number) => string;
  #drawn = -Infinity;
  /** Where the work stood at the first update, and when: what an earlier process did says nothing of the pace. */
  #start: { readonly done: number; readonly now: number } | undefined;

  /**
   * @param what What is done, in a word or two.
   * @param format How an amount reads.
   */
  constructor(terminal: Terminal, what: string, format: (amount: number) => string) {
    this.#terminal = terminal;
    this.#what = what;
    this.#format = format;
  }

  /** Redraws the line if the last drawing is old enough. */
  update(done: number, total: number): void {
    const now = this.#terminal.now();
    if (this.#start === undefined || done < this.#start.done) this.#start = { done, now };
    if (now - this.#drawn < INTERVAL) return;
    this.#drawn = now;
    const seconds = (now - this.#start.now) / 1000 * (total - done) / (done - this.#start.done);
    const eta = Number.isFinite(seconds) ? formatDuration(Math.ceil(seconds)) : "-";
    const amounts = `${this.#format(done)} of ${this.#format(total)}`;
    drawLine(this.#terminal, `${this.#what} ${bar(Math.min(1, done / total), BAR_WIDTH)} ${amounts} ETA ${eta}`);
  }

  /** Removes the line. */
  clear(): void {
    drawLine(this.#terminal, "");
  }
}
