/** Cells that come to a number without any work. */

import type { Cell, Done } from "../../lib/paper/grid.ts";

/** Counts its runs, and remembers its result as a folder would. */
export class CountingCell implements Cell<number> {
  readonly command: string;
  readonly work = 1;
  runs = 0;
  #kept: Done<number> | undefined;

  constructor(readonly name: string, readonly act: (signal: AbortSignal) => Promise<Done<number> | undefined>) {
    this.command = `eoq ${name}`;
  }

  earlier = () => Promise.resolve(this.#kept);

  run = async (signal: AbortSignal, onProgress: (share: number) => void) => {
    this.runs++;
    onProgress(0);
    this.#kept = await this.act(signal);
    return this.#kept;
  };
}

/** What a cell that has come to a number says. */
export function finished(result: number): Done<number> {
  return { status: "finished", result, date: "2000-01-01T00:00:00.000Z" };
}

/** A cell that comes to its number. */
export function number(name: string, result: number): CountingCell {
  return new CountingCell(name, () => Promise.resolve(finished(result)));
}
