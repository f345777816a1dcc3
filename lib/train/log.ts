/**
 * Progress as lines, for files and other programs.
 *
 * @module
 */

import type { TrainingState } from "./state.ts";
import { formatRate } from "../terminal/format.ts";

/** Where lines go; tests give their own. */
export interface LogSink {
  write(line: string): void;
  /** Milliseconds. */
  now(): number;
}

/** Standard error. Unlike console.error it fails when nobody reads: a run whose master was killed ends too. */
export const STDERR: LogSink = {
  write: (line) => void Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`)),
  now: () => performance.now(),
};

/** Writes how a run stands: at its first step, every few seconds, and at its last. */
export class ProgressLog {
  readonly #sink: LogSink;
  readonly #seconds: number;
  readonly #images: number;
  #written = -Infinity;

  /** @param images to train on, over all epochs */
  constructor(sink: LogSink, seconds: number, images: number) {
    this.#sink = sink;
    this.#seconds = seconds;
    this.#images = images;
  }

  /** Call after each step. */
  update(state: Readonly<TrainingState>): void {
    const now = this.#sink.now();
    if (now - this.#written < 1000 * this.#seconds && state.images < this.#images) return;
    this.#written = now;
    this.#sink.write(formatLogLine(state, this.#images));
  }
}

function formatLogLine({ images, seconds, history }: Readonly<TrainingState>, total: number): string {
  const last = history.at(-1);
  const loss = last === undefined ? "" : `, epoch ${last.epoch} loss ${last.trainLoss.toFixed(4)}`;
  return `progress ${images}/${total} images, ${formatRate(images / seconds)} a second${loss}`;
}

/** The share of the training that a line says is done; undefined where it is another kind of line. */
export function parseLogLine(line: string): number | undefined {
  const [, images, total] = line.match(/^progress (\d+)\/(\d+) images/) ?? [];
  return images === undefined ? undefined : Number(images) / Number(total);
}
