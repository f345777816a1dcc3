/**
 * Where the scalars of Fixup live: all biases, then all scales, in one int16
 * tensor (arXiv 1901.09321, section 3, rule 3).
 *
 * @module
 */

import type { BlockPlan, ConvPlan, Plan } from "../../plan/plan.ts";

/** Indices of the biases around a convolution, -1 where there is none. */
export interface ConvScalars {
  /** Added to what the convolution reads. */
  readonly before: number;
  /** Added to its sums. */
  readonly behind: number;
}

/** Indices of a network's scalars. */
export interface ScalarLayout {
  readonly convs: ReadonlyMap<ConvPlan, ConvScalars>;
  /** What multiplies the last convolution of a block. */
  readonly blocks: ReadonlyMap<BlockPlan, number>;
  /** The bias before the classifier, -1 without an average pool. */
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
  const convs = new Map<ConvPlan, ConvScalars>();
  const blocks: BlockPlan[] = [];
  let next = 0, pool = -1;
  for (const layer of plan.layers) {
    if (layer.kind === "conv") {
      convs.set(layer.conv, { before: -1, behind: next++ });
    } else if (layer.kind === "block") {
      for (const conv of layer.block.convs) {
        convs.set(conv, { before: next, behind: next + 1 });
        next += 2;
      }
      blocks.push(layer.block);
    } else if (layer.kind === "average-pool") {
      pool = next++;
    }
  }
  const biases = next + plan.classes;
  return {
    convs,
    blocks: new Map(blocks.map((block, i) => [block, biases + i])),
    pool,
    classifier: next,
    biases,
    scales: blocks.length,
  };
}

/** Where batch norm takes the place of Fixup's scalars: the biases of the classifier. */
export function classifierLayout(plan: Plan): ScalarLayout {
  return { convs: new Map(), blocks: new Map(), pool: -1, classifier: 0, biases: plan.classes, scales: 0 };
}
