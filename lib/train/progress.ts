/**
 * A line on the terminal that shows how a run stands.
 *
 * @module
 */

import type { TrainingState } from "./state.ts";
import { formatRate } from "../terminal/format.ts";
import { bar, BAR_WIDTH, etaText, ProgressLine } from "../terminal/progress.ts";
import type { Terminal } from "../terminal/terminal.ts";

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
  readonly #line: ProgressLine;
  readonly #run: ProgressRun;
  /** Images and clock at the first update: the ETA of a resumed run counts from there. */
  #start: { readonly images: number; readonly now: number } | undefined;

  constructor(terminal: Terminal, run: ProgressRun) {
    this.#line = new ProgressLine(terminal);
    this.#run = run;
  }

  /** Redraws the line if the last drawing is old enough or training is over: that one stays during the test. */
  update(state: Readonly<TrainingState>): void {
    const now = this.#line.now();
    this.#start ??= { images: state.images, now };
    const last = state.images === this.#run.images;
    if (this.#line.isDue() || last) this.#line.draw(this.#text(state, now));
  }

  /** Removes the line. */
  clear(): void {
    this.#line.clear();
  }

  #text(state: Readonly<TrainingState>, now: number): string {
    const { method, images: total, epochImages } = this.#run;
    const epochs = Math.ceil(total / epochImages);
    const last = state.history.at(-1), start = this.#start!;
    const inEpoch = state.images - state.history.length * epochImages;
    const loss = inEpoch > 0 ? state.epochLossSum / inEpoch : last?.trainLoss ?? 0;
    const accuracy = inEpoch > 0 ? state.epochCorrect / inEpoch : last?.trainAccuracy ?? 0;
    const epoch = Math.min(state.history.length + 1, epochs);
    const before = `${method} epoch ${epoch}/${epochs}`;
    const after = [
      `loss ${loss.toFixed(3)}`,
      `accuracy ${(accuracy * 100).toFixed(1)}%`,
      `${formatRate(state.images / state.seconds)} images/s`,
      `ETA ${etaText(now - start.now, state.images - start.images, total - state.images)}`,
    ].join(" ");
    const room = this.#line.width - before.length - after.length - " [] ".length - 1;
    return `${before} ${bar(state.images / total, Math.max(4, Math.min(room, BAR_WIDTH)))} ${after}`;
  }
}
