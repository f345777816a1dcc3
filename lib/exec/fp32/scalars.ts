/**
 * Which of Fixup's scalars an fp32 kernel takes: those around one ReLU. The
 * classifier's biases are a parameter of their own.
 *
 * @module
 */

import { branchEnds, type ConvPlan, type Plan } from "../../plan/plan.ts";
import { fixupLayout } from "../fixup.ts";

/** Indices of the scalars around the ReLU of one convolution; -1 for none. */
export interface ReluScalars {
  /** Multiplier of the convolution's output. */
  readonly scale: number;
  /** The bias before the ReLU: that of the convolution's output. */
  readonly before: number;
  /** The bias of the block's input, which an identity shortcut goes without. */
  readonly less: number;
  /** The bias behind the ReLU: that of the input of what comes next. */
  readonly behind: number;
}

/** Scalars of a network. */
export interface ScalarLayout {
  readonly relus: ReadonlyMap<ConvPlan, ReluScalars>;
  /** First of the multipliers. */
  readonly scales: number;
  readonly count: number;
}

/**
 * Lays out the scalars of a plan. A max pool moves a bias nowhere, so that of
 * a layer's input is always behind the last ReLU.
 */
export function scalarLayout(plan: Plan): ScalarLayout {
  const { convs, blocks, pool, biases, scales } = fixupLayout(plan, 0);
  const ends = new Map([...blocks].map(([block, scale]) => {
    const { first, last } = branchEnds(block);
    return [last, { scale, less: block.shortcut.kind === "identity" ? convs.get(first)!.input : -1 }];
  }));
  const inputs = [...[...convs.values()].map(({ input }) => input), pool];
  const relus = new Map([...convs].map(([conv, { output }], i) => {
    const { scale, less } = ends.get(conv) ?? { scale: -1, less: -1 };
    return [conv, { scale, before: output, less, behind: inputs[i + 1]! }];
  }));
  return { relus, scales: biases, count: biases + scales };
}
