/**
 * Experiments as grids of cells: pieces that are run, kept and skipped one by
 * one. Finished ones are skipped, a failing one does not stop the others, and
 * an interrupt leaves all of them resumable.
 *
 * @module
 */

import { RunError } from "../errors.ts";
import type { Comparison } from "../report/paper.ts";
import type { Section } from "../terminal/section.ts";

/** A piece of an experiment. */
export interface Cell<Result> {
  /** Unique in its grid, and good as the name of a file. */
  readonly name: string;
  /** The command line that comes to the same result by itself, from `eoq` on. */
  readonly command: string;
  /** What it costs, in any unit that the cells of a grid share. */
  readonly work: number;
  /**
   * What an earlier run of it left behind.
   *
   * @throws {UserError} when that is the result of something else.
   */
  readonly earlier: () => Promise<Done<Result> | undefined>;
  /**
   * Runs it, or goes on where an interrupt stopped it.
   *
   * @param onProgress Told the share that is done, 0 to 1.
   * @returns `undefined` when the signal stopped it.
   * @throws {RunError} when it failed in a way that another attempt may mend.
   * @throws {UserError} when the input is at fault, which is then every cell's.
   */
  readonly run: (signal: AbortSignal, onProgress: (share: number) => void) => Promise<Done<Result> | undefined>;
}

/** What a cell came to for good. */
export type Done<Result> =
  | {
    readonly status: "finished";
    readonly result: Result;
    /** When its file was written, ISO 8601. */
    readonly date: string;
  }
  /** Another attempt would end the same. */
  | { readonly status: "failed"; readonly message: string };

/** Where a cell stands. A grid that was interrupted has pending ones; what crashed is tried again by the next run. */
export type Outcome<Result> =
  | Done<Result>
  | { readonly status: "crashed"; readonly message: string }
  | { readonly status: "pending" };

/** A cell with where it stands. */
export interface Standing<Result> {
  readonly cell: Cell<Result>;
  readonly outcome: Outcome<Result>;
}

/** Whether a cell is done for good. */
export function isDone<Result>(outcome: Outcome<Result>): outcome is Done<Result> {
  return outcome.status === "finished" || outcome.status === "failed";
}

/** A grid, and what its results say. */
export interface Experiment<Result> {
  readonly title: string;
  /** The budget of its cells in words. */
  readonly budget: string;
  readonly cells: readonly Cell<Result>[];
  /** Ours beside the published. */
  readonly compare: (standings: readonly Standing<Result>[]) => Comparison[];
  /** Tables, the first with the published numbers; complete or as far as the cells have come. */
  readonly sections: (standings: readonly Standing<Result>[]) => Section[];
}

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
