/**
 * Runs the cells of a grid: finished ones are skipped, a failing one does not
 * stop the others, and an interrupt leaves all of them resumable.
 *
 * @module
 */

import { RunError } from "../errors.ts";
import type { Cell, Outcome, Standing } from "./cell.ts";

/** How {@linkcode runGrid} goes about it. */
export interface GridOptions<Result> {
  /** Cells that run at once. */
  readonly jobs: number;
  readonly signal: AbortSignal;
  /** Told of each cell that is done, and at first of where all stand. */
  readonly onChange: (standings: readonly Standing<Result>[]) => Promise<void>;
  /** Told of the share of a running cell that is done. */
  readonly onProgress: (cell: Cell<Result>, share: number) => void;
}

/**
 * Runs what is not done yet, in the order of the cells.
 *
 * @returns where all cells stand: one is pending only if the signal came.
 * @throws {UserError} when a cell finds the input at fault; the others are stopped first.
 */
export async function runGrid<Result>(
  cells: readonly Cell<Result>[],
  { jobs, signal, onChange, onProgress }: GridOptions<Result>,
): Promise<Standing<Result>[]> {
  const outcomes: Outcome<Result>[] = [];
  for (const cell of cells) outcomes.push(await cell.earlier() ?? { status: "pending" });
  const standings = () => cells.map((cell, i) => ({ cell, outcome: outcomes[i]! }));
  await onChange(standings());
  const waiting = [...cells.keys()].filter((i) => outcomes[i]!.status === "pending");
  const fault = new AbortController();
  const stop = AbortSignal.any([signal, fault.signal]);
  const work = async () => {
    while (waiting.length > 0 && !stop.aborted) {
      const i = waiting.shift()!;
      outcomes[i] = await attempt(cells[i]!, stop, onProgress);
      await onChange(standings());
    }
  };
  const workers = Array.from({ length: jobs }, () =>
    work().catch((error) => {
      fault.abort();
      throw error;
    }));
  await Promise.allSettled(workers);
  await Promise.all(workers);
  return standings();
}

async function attempt<Result>(
  cell: Cell<Result>,
  signal: AbortSignal,
  onProgress: GridOptions<Result>["onProgress"],
): Promise<Outcome<Result>> {
  try {
    return await cell.run(signal, (share) => onProgress(cell, share)) ?? { status: "pending" };
  } catch (error) {
    if (error instanceof RunError) return { status: "crashed", message: error.message };
    throw error;
  }
}
