/**
 * Where the scalars of Fixup live (arXiv 1901.09321, section 3, rule 3): all
 * biases in the order of the forward pass, then a multiplier a block.
 *
 * @module
 */

import type { Plan } from "../../plan/plan.ts";

/** Indices of the scalars around the ReLU of one convolution; -1 for none. */
export interface ReluScalars {
  /** Multiplier of the convolution's output. */
  readonly scale: number;
  /** The bias behind the convolution. */
  readonly before: number;
  /** The bias in front of the block, which an identity shortcut goes without. */
  readonly less: number;
  /** The bias behind the ReLU: the one in front of what comes next. */
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

type Draft = { -readonly [Name in keyof ReluScalars]: number };

/**
 * Lays out the scalars of a plan: a bias in front of every convolution of a
 * branch and of the classifier behind an average pool, and one behind every
 * convolution but projections. A max pool moves a bias nowhere, so what is in
 * front of a layer is always behind the last ReLU.
 */
export function scalarLayout(plan: Plan): ScalarLayout {
  const relus = new Map<string, Draft>();
  const ends: Draft[] = [];
  let biases = 0;
  let last: Draft | undefined;
  const inFront = () => {
    if (last !== undefined) last.behind = biases;
    return biases++;
  };
  const add = (name: string) => relus.set(name, last = { scale: -1, before: biases++, less: -1, behind: -1 });
  for (const layer of plan.layers) {
    if (layer.kind === "conv") add(layer.conv.name);
    if (layer.kind === "average-pool") inFront();
    if (layer.kind === "block") {
      const { convs, shortcut } = layer.block;
      const fronts = convs.map(({ name }) => {
        const front = inFront();
        add(name);
        return front;
      });
      if (shortcut.kind === "identity") last!.less = fronts[0]!;
      ends.push(last!);
    }
  }
  ends.forEach((end, i) => end.scale = biases + i);
  return { relus, scales: biases, count: biases + ends.length };
}
