/**
 * A residual block of two or three units, the last of which adds the shortcut
 * in front of its ReLU: the post-activation form of He et al. (arXiv 1512.03385).
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import { type BlockPlan, blockStride, branchEnds } from "../../plan/plan.ts";
import type { Buffers } from "./buffers.ts";
import type { Layer } from "./layer.ts";
import type { Memory } from "./memory.ts";
import type { NamedTensor, Parameter } from "./parameter.ts";
import { Shortcut } from "./shortcut.ts";
import type { Norm, Projection, Unit } from "./unit.ts";

/** A residual block. */
export class Block implements Layer {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly statistics: readonly NamedTensor[];
  /** All units but the last. */
  readonly #inner: readonly Unit[];
  readonly #last: Unit;
  /** Absent for the identity; behind a projection, what joins its error to the branch's. */
  readonly #shortcut: Shortcut | undefined;
  readonly #projection: Projection | undefined;

  constructor(memory: Memory, plan: BlockPlan, norm: Norm, source: () => number) {
    const { shortcut } = plan;
    this.name = plan.name;
    const { first, last } = branchEnds(plan);
    const units = plan.convs.map((conv) => norm.unit(conv, source));
    this.#inner = units.slice(0, -1);
    this.#last = units.at(-1)!;
    if (shortcut.kind === "pad") {
      this.#shortcut = new Shortcut(memory, { ...first, outputs: last.outputs, stride: blockStride(plan) });
    } else if (shortcut.kind === "projection") {
      this.#projection = norm.projection(shortcut.conv, source);
      this.#shortcut = new Shortcut(memory, { ...first, outputs: first.inputs, stride: 1 });
    }
    const learners = [...units, this.#projection].filter((each) => each !== undefined);
    this.parameters = learners.flatMap(({ parameters }) => parameters);
    this.statistics = learners.flatMap(({ statistics }) => statistics);
  }

  get output(): Tensor {
    return this.#last.output;
  }

  forward(x: Tensor, n: number): void {
    const { output } = this.#last;
    let inner = x;
    for (const unit of this.#inner) {
      unit.forward(inner, undefined, n);
      inner = unit.output;
    }
    const changed = this.#projection ?? this.#shortcut;
    changed?.forward(x, output, n);
    this.#last.forward(inner, changed === undefined ? x : output, n);
  }

  infer(x: Tensor, buffers: Buffers, n: number): void {
    const [a, b] = buffers.spare as [Tensor, Tensor];
    let inner = x, free = a, other = b;
    for (const unit of this.#inner) {
      unit.infer(inner, undefined, free, n);
      inner = free;
      [free, other] = [other, free];
    }
    if (this.#shortcut === undefined) {
      this.#last.infer(inner, x, free, n);
      buffers.advance(buffers.spare.indexOf(free));
    } else {
      if (this.#projection === undefined) this.#shortcut.forward(x, free, n);
      else this.#projection.infer(x, free, n);
      // Nobody reads x any more, so the last convolution writes over it.
      this.#last.infer(inner, free, x, n);
    }
  }

  backward(x: Tensor, errors: Buffers, skip: Tensor | undefined, n: number): Tensor | undefined {
    const dy = errors.current, dx = errors.next;
    const inputs = [x, ...this.#inner.map(({ output }) => output)];
    // A skip may be in dx: it is read before that is written.
    this.#last.backwardAtJunction(inputs.at(-1)!, dy, skip, dx, n);
    for (let i = this.#inner.length - 1; i >= 0; i--) this.#inner[i]!.backward(inputs[i]!, dx, dx, n);
    errors.advance(0);
    if (this.#shortcut === undefined) return dy;
    // A projection's part is not left to the layer below, as the bias in front of the block takes it too.
    this.#projection?.backward(x, dy, errors.spare[1]!, n);
    this.#shortcut.backward(this.#projection === undefined ? dy : errors.spare[1]!, dx, n);
    return undefined;
  }
}
