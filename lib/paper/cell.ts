/**
 * What a grid is made of: pieces of an experiment that are run, kept and
 * skipped one by one.
 *
 * @module
 */

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
