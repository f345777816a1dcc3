/**
 * A line on the terminal that shows how a run stands.
 *
 * @module
 */

import type { TrainingState } from "./state.ts";
import { drawLine, type Terminal } from "../terminal/terminal.ts";
import { formatDuration, formatRate } from "../terminal/format.ts";

/** Milliseconds between two drawings. */
export const INTERVAL = 100;
/** Characters of the bar where the terminal has room. */
export const BAR_WIDTH = 20;

/** What is being trained. */
export interface ProgressRun {
  readonly method: string;
  /** Images to train on, over all epochs. */
  readonly images: number;
  /** Images an epoch. */
  readonly epochImages: number;
}

/** Draws the state of a run, at most ten times a second. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #run: ProgressRun;
  #drawn = -Infinity;
  /** Images and clock at the first update: the ETA of a resumed run counts from there. */
  #start: { readonly images: number; readonly now: number } | undefined;

  constructor(terminal: Terminal, run: ProgressRun) {
    this.#terminal = terminal;
    this.#run = run;
  }

  /** Redraws the line if the last drawing is old enough or training is over: that one stays during the test. */
  update(state: Readonly<TrainingState>): void {
    const now = this.#terminal.now();
    this.#start ??= { images: state.images, now };
    const last = state.images === this.#run.images;
    if (now - this.#drawn < INTERVAL && !last) return;
    this.#drawn = now;
    drawLine(this.#terminal, this.#line(state, now));
  }

  /** Removes the line. */
  clear(): void {
    drawLine(this.#terminal, "");
  }

  #line(state: Readonly<TrainingState>, now: number): string {
    const { method, images: total, epochImages } = this.#run;
    const epochs = Math.ceil(total / epochImages);
    const last = state.history.at(-1);
    const inEpoch = state.images - state.history.length * epochImages;
    const loss = inEpoch > 0 ? state.epochLossSum / inEpoch : last?.trainLoss ?? 0;
    const accuracy = inEpoch > 0 ? state.epochCorrect / inEpoch : last?.trainAccuracy ?? 0;
    const epoch = Math.min(state.history.length + 1, epochs);
    const before = `${method} epoch ${epoch}/${epochs}`;
    const after = [
      `loss ${loss.toFixed(3)}`,
      `accuracy ${(accuracy * 100).toFixed(1)}%`,
      `${formatRate(state.images / state.seconds)} images/s`,
      `ETA ${this.#eta(state, total, now)}`,
    ].join(" ");
    const room = this.#terminal.width() - before.length - after.length - " [] ".length - 1;
    return `${before} ${bar(state.images / total, Math.max(4, Math.min(room, BAR_WIDTH)))} ${after}`;
  }

  #eta(state: Readonly<TrainingState>, total: number, now: number): string {
    const done = state.images - this.#start!.images;
    if (done === 0) return "-";
    const milliseconds = (now - this.#start!.now) / done * (total - state.images);
    return formatDuration(Math.ceil(milliseconds / 1000));
  }
}

/** A bar of `width` characters of which a fraction is filled. */
export function bar(fraction: number, width: number): string {
  const filled = Math.floor(width * fraction);
  return `[${"#".repeat(filled)}${".".repeat(width - filled)}]`;
}
