/**
 * Layers of units: one alone, or a residual block of two or three, the last of
 * which adds the shortcut in front of its ReLU: the post-activation form of
 * He et al. (arXiv 1512.03385).
 *
 * @module
 */

import type { ConvShape } from "../../native/conv_shape.ts";
import type { Kernels } from "../../native/kernels.ts";
import type { Tensor } from "../../native/tensor.ts";
import { type BlockPlan, blockStride, branchEnds } from "../../plan/plan.ts";
import type { Gradient, Layer, Norm, Projection, Unit } from "./layer.ts";
import type { Memory, NamedTensor, Parameter, Scratch } from "./memory.ts";

/** A unit outside of blocks: a convolution and its ReLU. */
export class ConvLayer implements Layer {
  readonly #unit: Unit;
  readonly #isLowest: boolean;

  /** @param isLowest whether nobody wants the gradient of x: nothing below is trained */
  constructor(unit: Unit, isLowest: boolean) {
    this.#unit = unit;
    this.#isLowest = isLowest;
  }

  get output(): Tensor {
    return this.#unit.output;
  }

  get parameters(): readonly Parameter[] {
    return this.#unit.parameters;
  }

  get statistics(): readonly NamedTensor[] {
    return this.#unit.statistics;
  }

  forward(x: Tensor, n: number): void {
    this.#unit.forward(x, undefined, n);
  }

  infer(x: Tensor, scratch: Scratch, n: number): Tensor {
    const y = scratch.of(this.#unit, this.#unit.size);
    this.#unit.infer(x, undefined, y, n);
    return y;
  }

  backward(x: Tensor, { dy, skip }: Gradient, scratch: Scratch, n: number): Gradient | undefined {
    const dx = this.#isLowest ? undefined : scratch.like(x);
    this.#unit.backwardAtJunction(x, dy, skip, dx, n);
    return dx && { dy: dx, skip: undefined };
  }
}

/** Shapes on both sides of a shortcut, and the layer that it counts as a part of. */
interface ShortcutPlan {
  readonly layer: string;
  /** Of the input. */
  readonly height: number;
  readonly width: number;
  /** Channels. */
  readonly inputs: number;
  readonly outputs: number;
  readonly stride: number;
}

/**
 * A shortcut without parameters: every stride-th pixel with zero channels
 * appended (option A of He et al.); one that keeps the shape is the identity.
 */
class Shortcut {
  readonly #library: Kernels;
  readonly #layer: string;
  readonly #shape: ConvShape;

  constructor(memory: Memory, { layer, ...shape }: ShortcutPlan) {
    this.#library = memory.recorder;
    this.#layer = layer;
    this.#shape = memory.shape({ ...shape, kernel: 1, padding: 0 });
  }

  /** y = x in the shape of the output. */
  forward(x: Tensor, y: Tensor, n: number): void {
    const words = { x, y, shape: this.#shape, n };
    this.#library.call("fp32_shortcut_forward", words, { layer: this.#layer, phase: "forward" });
  }

  /** dx += the gradient that dy, that of the output, sends back. */
  backward(dy: Tensor, dx: Tensor, n: number): void {
    const words = { dy, dx, shape: this.#shape, n };
    this.#library.call("fp32_shortcut_backward", words, { layer: this.#layer, phase: "backward" });
  }
}

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
  readonly #isLowest: boolean;

  /** @param isLowest whether nobody wants the gradient of x: nothing below is trained */
  constructor(memory: Memory, plan: BlockPlan, norm: Norm, source: () => number, isLowest: boolean) {
    const { shortcut } = plan;
    this.#isLowest = isLowest;
    this.name = plan.name;
    const { first, last } = branchEnds(plan);
    const units = plan.convs.map((conv) => norm.unit(conv, source));
    this.#inner = units.slice(0, -1);
    this.#last = units.at(-1)!;
    if (shortcut.kind === "pad") {
      const { name: layer, height, width, inputs } = first;
      const stride = blockStride(plan);
      this.#shortcut = new Shortcut(memory, { layer, height, width, inputs, outputs: last.outputs, stride });
    } else if (shortcut.kind === "projection") {
      this.#projection = norm.projection(shortcut.conv, source);
      const { name: layer, height, width, inputs } = shortcut.conv;
      this.#shortcut = new Shortcut(memory, { layer, height, width, inputs, outputs: inputs, stride: 1 });
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

  infer(x: Tensor, scratch: Scratch, n: number): Tensor {
    const infer = (unit: Unit, x: Tensor, residual: Tensor | undefined) => {
      const y = scratch.of(unit, unit.size);
      unit.infer(x, residual, y, n);
      return y;
    };
    const inner = this.#inner.reduce((x, unit) => infer(unit, x, undefined), x);
    let residual = x;
    if (this.#shortcut !== undefined) {
      residual = scratch.of(this.#shortcut, this.#last.size);
      if (this.#projection === undefined) this.#shortcut.forward(x, residual, n);
      else this.#projection.infer(x, residual, n);
    }
    return infer(this.#last, inner, residual);
  }

  backward(x: Tensor, { dy, skip }: Gradient, scratch: Scratch, n: number): Gradient | undefined {
    const inputs = [x, ...this.#inner.map(({ output }) => output)];
    const gradientOf = (i: number) => i === 0 && this.#isLowest ? undefined : scratch.like(inputs[i]!);
    let behind = scratch.like(inputs.at(-1)!);
    this.#last.backwardAtJunction(inputs.at(-1)!, dy, skip, behind, n);
    let dx: Tensor | undefined;
    for (let i = this.#inner.length - 1; i >= 0; i--) {
      dx = gradientOf(i);
      this.#inner[i]!.backward(inputs[i]!, behind, dx, n);
      if (dx !== undefined) behind = dx;
    }
    // A projection's part is not left to the layer below, as the bias in front of the block takes it too.
    const part = dx && this.#projection && scratch.like(x, this.#projection);
    this.#projection?.backward(x, dy, part, n);
    if (dx === undefined) return undefined;
    if (this.#shortcut === undefined) return { dy: dx, skip: dy };
    this.#shortcut.backward(part ?? dy, dx, n);
    return { dy: dx, skip: undefined };
  }
}
