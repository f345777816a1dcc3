/**
 * A line on the terminal that shows how a grid stands.
 *
 * @module
 */

import { etaText, ProgressLine } from "../terminal/progress.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Cell, Standing } from "./grid.ts";

/** Draws how many cells are done, which ones run and when all will be. */
export class GridProgress {
  readonly #line: ProgressLine;
  readonly #start: number;
  /** Shares of the running cells that are done; where the first report found each. */
  readonly #running = new Map<Cell<unknown>, { readonly first: number; share: number }>();
  /** Work that this process has finished. */
  #worked = 0;
  #standings: readonly Standing<unknown>[] = [];

  constructor(terminal: Terminal) {
    this.#line = new ProgressLine(terminal);
    this.#start = this.#line.now();
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
    this.#line.clear();
  }

  #draw(): void {
    const done = this.#standings.filter(({ outcome }) => outcome.status !== "pending").length;
    const running = [...this.#running].map(([{ name }, { share }]) => `${name} ${Math.floor(100 * share)}%`);
    this.#line.draw(`${done}/${this.#standings.length} cells, ETA ${this.#eta()}  ${running.join(", ")}`);
  }

  /** What is left, at the rate of this process so far. */
  #eta(): string {
    const left = this.#standings.filter(({ outcome }) => outcome.status === "pending")
      .reduce((sum, { cell }) => sum + cell.work * (1 - (this.#running.get(cell)?.share ?? 0)), 0);
    const worked = [...this.#running].reduce(
      (sum, [{ work }, { first, share }]) => sum + work * (share - first),
      this.#worked,
    );
    return etaText(this.#line.now() - this.#start, worked, left);
  }
}
