/**
 * Large tensors that layers take turns in: errors going back, and activations
 * of inference, of which only the newest few are alive.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import { convolutions, outputSize, type Plan } from "../../plan/plan.ts";
import type { Memory, Purpose } from "./memory.ts";

/** Tensors that each hold any activation of a plan. `current` is the one that the last layer wrote. */
export class Buffers {
  current: Tensor;
  /** Free for the next layers to write. */
  readonly spare: Tensor[];

  constructor(memory: Memory, purpose: Purpose, plan: Plan, batch: number, count: number) {
    const size = batch * largestActivation(plan);
    this.current = memory.tensor(purpose, size);
    this.spare = Array.from({ length: count - 1 }, () => memory.tensor(purpose, size));
  }

  /** Where a layer writes that needs one tensor only. */
  get next(): Tensor {
    return this.spare[0]!;
  }

  /** Makes spare tensor `index` the current one. */
  advance(index: number): void {
    const next = this.spare[index]!;
    this.spare[index] = this.current;
    this.current = next;
  }
}

/** Elements an image of the largest output of a convolution. */
export function largestActivation(plan: Plan): number {
  return Math.max(
    ...convolutions(plan).map((conv) => {
      const { height, width } = outputSize(conv);
      return height * width * conv.outputs;
    }),
  );
}
