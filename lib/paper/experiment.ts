/**
 * What an experiment is to the command that runs it.
 *
 * @module
 */

import type { Cell, Standing } from "./cell.ts";
import type { Comparison } from "../report/paper.ts";
import type { Section } from "../terminal/section.ts";

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
