/**
 * A line on the terminal that shows how a grid stands.
 *
 * @module
 */

import { formatDuration } from "../terminal/format.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Cell, Standing } from "./grid.ts";

/** Draws how many cells are done, which ones run and when all will be. */
export class GridProgress {
  readonly #terminal: Terminal;
  readonly #start: number;
  /** Shares of the running cells that are done; where the first report found each. */
  readonly #running = new Map<Cell<unknown>, { readonly first: number; share: number }>();
  /** Work that this process has finished. */
  #worked = 0;
  #standings: readonly Standing<unknown>[] = [];

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.#start = terminal.now();
  }

  /** Told after each cell. */
  change(standings: readonly Standing<unknown>[]): void {
    for (const { cell, outcome } of standings) {
      const run = this.#running.get(cell);
      if (outcome.status === "pending" || run === undefined) continue;
      this.#worked += cell.work * (1 - run.first);
      this.#running.delete(cell);
    }
    this.#standings = standings;
    this.#draw();
  }

  /** Told how far a running cell has come. */
  progress(cell: Cell<unknown>, share: number): void {
    const run = this.#running.get(cell);
    if (run === undefined) this.#running.set(cell, { first: share, share });
    else run.share = share;
    this.#draw();
  }

  /** Removes the line. */
  clear(): void {
    this.#terminal.write("\r\x1b[K");
  }

  #draw(): void {
    const done = this.#standings.filter(({ outcome }) => outcome.status !== "pending").length;
    const running = [...this.#running].map(([{ name }, { share }]) => `${name} ${Math.floor(100 * share)}%`);
    const line = `${done}/${this.#standings.length} cells, ETA ${this.#eta()}  ${running.join(", ")}`;
    this.#terminal.write(`\r\x1b[K${line.slice(0, this.#terminal.width() - 1)}`);
  }

  /** What is left, at the rate of this process so far. */
  #eta(): string {
    const left = this.#standings.filter(({ outcome }) => outcome.status === "pending")
      .reduce((sum, { cell }) => sum + cell.work * (1 - (this.#running.get(cell)?.share ?? 0)), 0);
    const worked = [...this.#running].reduce(
      (sum, [{ work }, { first, share }]) => sum + work * (share - first),
      this.#worked,
    );
    if (worked === 0) return "-";
    return formatDuration(Math.ceil((this.#terminal.now() - this.#start) / 1000 * left / worked));
  }
}
