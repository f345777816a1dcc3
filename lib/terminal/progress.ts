/**
 * A line on the terminal that shows how work stands, drawn over and over in its place.
 *
 * @module
 */

import { formatDuration } from "./format.ts";
import type { Terminal } from "./terminal.ts";

/** Milliseconds between two drawings. */
const INTERVAL = 100;

/** Characters of a bar where the terminal has room. */
export const BAR_WIDTH = 20;

/** The line. */
export class ProgressLine {
  readonly #terminal: Terminal;
  #drawn = -Infinity;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Columns of text. */
  get width(): number {
    return this.#terminal.width();
  }

  /** Milliseconds. */
  now(): number {
    return this.#terminal.now();
  }

  /** Puts a text in place of the one that is there. */
  draw(text: string): void {
    this.#drawn = this.now();
    this.#put(text);
  }

  /** Whether the last drawing is so old that another is worth it: ten a second are enough. */
  isDue(): boolean {
    return this.now() - this.#drawn >= INTERVAL;
  }

  /** Removes the line. */
  clear(): void {
    this.#put("");
  }

  #put(text: string): void {
    this.#terminal.write(`\r\x1b[K${text.slice(0, this.width - 1)}`);
  }
}

/** A bar of `width` characters of which a fraction is filled. */
export function bar(fraction: number, width: number): string {
  const filled = Math.floor(width * fraction);
  return `[${"#".repeat(filled)}${".".repeat(width - filled)}]`;
}

/** What is left to do, in time at the pace so far; `-` where there is none. */
export function etaText(milliseconds: number, done: number, left: number): string {
  return done > 0 ? formatDuration(Math.ceil(milliseconds / 1000 * left / done)) : "-";
}

/** Draws how much of a whole is done: of a download, of a conversion. */
export class WorkProgress {
  readonly #line: ProgressLine;
  readonly #what: string;
  readonly #format: (amount: number) => string;
  /** Where the work stood at the first update, and when: what an earlier process did says nothing of the pace. */
  #start: { readonly done: number; readonly now: number } | undefined;

  /**
   * @param what What is done, in a word or two.
   * @param format How an amount reads.
   */
  constructor(terminal: Terminal, what: string, format: (amount: number) => string) {
    this.#line = new ProgressLine(terminal);
    this.#what = what;
    this.#format = format;
  }

  /** Redraws the line if the last drawing is old enough. */
  update(done: number, total: number): void {
    const now = this.#line.now();
    if (this.#start === undefined || done < this.#start.done) this.#start = { done, now };
    if (!this.#line.isDue()) return;
    const eta = etaText(now - this.#start.now, done - this.#start.done, total - done);
    const amounts = `${this.#format(done)} of ${this.#format(total)}`;
    this.#line.draw(`${this.#what} ${bar(Math.min(1, done / total), BAR_WIDTH)} ${amounts} ETA ${eta}`);
  }

  /** Removes the line. */
  clear(): void {
    this.#line.clear();
  }
}
