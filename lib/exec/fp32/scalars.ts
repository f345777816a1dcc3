/**
 * Where the scalars of Fixup live (arXiv 1901.09321, section 3, rule 3): all
 * biases in the order of the forward pass, then a multiplier a block.
 *
 * @module
 */

import type { Plan } from "../../plan/plan.ts";
import { residualNetwork } from "../../plan/residual.ts";

/** Indices of the scalars around the ReLU of one convolution; -1 for none. */
export interface ReluScalars {
  /** Multiplier of the convolution's output. */
  readonly scale: number;
  /** The bias behind the convolution. */
  readonly before: number;
  /** The bias in front of the block, which an identity shortcut goes without. */
  readonly less: number;
  /** The bias behind the ReLU: the one in front of the next convolution. */
  readonly behind: number;
}

/** Scalars of a network. */
export interface ScalarLayout {
  /** By the convolution's name. */
  readonly relus: ReadonlyMap<string, ReluScalars>;
  /** First of the multipliers. */
  readonly scales: number;
  readonly count: number;
}

/** Lays out the scalars of a plan. */
export function scalarLayout(plan: Plan): ScalarLayout {
  const { stem, blocks } = residualNetwork(plan);
  const scales = 2 + 4 * blocks.length;
  const relus = new Map<string, ReluScalars>([[stem.name, { scale: -1, before: 0, less: -1, behind: 1 }]]);
  blocks.forEach((block, i) => {
    const front = 1 + 4 * i;
    relus.set(block.conv1.name, { scale: -1, before: front + 1, less: -1, behind: front + 2 });
    relus.set(block.conv2.name, {
      scale: scales + i,
      before: front + 3,
      less: block.changesShape ? -1 : front,
      behind: front + 4,
    });
  });
  return { relus, scales, count: scales + blocks.length };
}
