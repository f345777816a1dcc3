/**
 * Where the scalars of Fixup live: all biases, then all scales, in one int16
 * tensor (arXiv 1901.09321, section 3, rule 3).
 *
 * @module
 */

import type { Plan } from "../../plan/plan.ts";
import { residualNetwork } from "../../plan/residual.ts";

/** Indices of one block's scalars; 1 and 2 are its convolutions, a before and b behind them. */
export interface BlockScalars {
  readonly bias1a: number;
  readonly bias1b: number;
  readonly bias2a: number;
  readonly bias2b: number;
  readonly scale: number;
}

/** Indices of a network's scalars. */
export interface ScalarLayout {
  readonly stem: number;
  readonly blocks: readonly BlockScalars[];
  /** The bias before the classifier. */
  readonly pool: number;
  /** First of the classifier's biases, one a class. */
  readonly classifier: number;
  readonly biases: number;
  readonly scales: number;
}

/** A scale of 1: steps of 2^-13. */
export const SCALE_ONE = 1 << 13;

/** Lays out the scalars of a plan. */
export function scalarLayout(plan: Plan): ScalarLayout {
  const { blocks } = residualNetwork(plan);
  const count = blocks.length;
  const pool = 1 + 4 * count;
  const biases = pool + 1 + plan.classes;
  return {
    stem: 0,
    blocks: blocks.map((_, i) => ({
      bias1a: 1 + 4 * i,
      bias1b: 2 + 4 * i,
      bias2a: 3 + 4 * i,
      bias2b: 4 + 4 * i,
      scale: biases + i,
    })),
    pool,
    classifier: pool + 1,
    biases,
    scales: count,
  };
}
