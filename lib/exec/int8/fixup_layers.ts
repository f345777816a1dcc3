/**
 * The layers of a network with Fixup's scalars in int8: a convolution with its
 * bias and ReLU, and a residual block (arXiv 1901.09321, figure 1 right) of two
 * convolutions or, with another ReLU and the biases around it, of three:
 *
 *     u = x + b1a;  v = relu(conv1(u) + b1b) + b2a;  z = conv2(v)
 *     output = relu(z * scale + b2b + shortcut)
 *
 * The shortcut is x, the strided u with zero channels appended, or a
 * convolution of u.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import { type BlockPlan, branchEnds, convElements, type ConvPlan } from "../../plan/plan.ts";
import {
  convActivate,
  convActivateBackward,
  convBlockBackward,
  convQuantize,
  convUpdate,
  type ReluBehind,
} from "./conv.ts";
import type { Layer, ReluAbove, Source, TrainingLayer, TrainingSource } from "./layer.ts";
import type { ConvParameters, Parameters } from "./parameters.ts";
import type { Mask, Room } from "./room.ts";
import { PlainProjection, Shortcut, ShortcutBackward } from "./shortcut.ts";
import type { ErrorRole, TrainingRoom } from "./training_room.ts";

/** output = relu(conv(source) + bias). */
export class ConvLayer<M extends Mask> implements Layer {
  readonly output: Tensor;
  protected readonly behind: ReluBehind<M>;
  protected readonly conv: ConvParameters;
  readonly #room: Room;
  readonly #source: Source;

  constructor(room: Room<M>, parameters: Parameters, source: Source, conv: ConvPlan) {
    const { output } = convElements(conv);
    const before = parameters.biasesOf(conv).output;
    this.#room = room;
    this.#source = source;
    this.behind = { scalars: parameters.scalars, before, behind: -1, mask: room.mask(output) };
    this.conv = parameters.of(conv);
    this.output = room.activation(output);
  }

  forward(count: number): void {
    convActivate(this.#room, this.conv, count, this.#source.output, this.behind, this.output);
  }
}

/** The same with the way back. */
export class TrainingConvLayer extends ConvLayer<Tensor> implements TrainingLayer {
  readonly relu: ReluAbove;
  readonly #room: TrainingRoom;
  readonly #source: TrainingSource;

  constructor(room: TrainingRoom, parameters: Parameters, source: TrainingSource, conv: ConvPlan) {
    super(room, parameters, source, conv);
    this.#room = room;
    this.#source = source;
    this.relu = { mask: this.behind.mask, bias: this.behind.before };
  }

  backward(count: number, error: Tensor, role: ErrorRole): Tensor | undefined {
    const { output: x, relu: below } = this.#source;
    const relu = below && { before: below.bias, behind: -1, mask: below.mask };
    const dx = relu && convActivateBackward(this.#room, this.conv, count, error, relu, role);
    convUpdate(this.#room, this.conv, count, x, error);
    return dx;
  }
}

/** A convolution of the branch and what it reads. */
interface BranchConv {
  readonly conv: ConvParameters;
  readonly x: Tensor;
}

/** A convolution that reads what another one makes behind a ReLU. */
interface InnerConv<M extends Mask> extends BranchConv {
  readonly below: BranchConv;
  readonly relu: ReluBehind<M>;
}

/** A residual block. */
export class Block<M extends Mask> implements Layer {
  readonly output: Tensor;
  protected readonly scalars: Tensor;
  protected readonly first: BranchConv;
  /** Those behind it, in forward order. */
  protected readonly inner: readonly InnerConv<M>[];
  protected readonly last: BranchConv;
  /** The last convolution's output. */
  protected readonly z: Tensor;
  protected readonly scale: number;
  /** The biases in front of the first convolution and behind the last one. */
  protected readonly biases: { readonly input: number; readonly output: number };
  protected readonly shortcut: Shortcut<PlainProjection>;
  protected readonly mask: M;
  protected readonly outputs: number;
  readonly #room: Room;
  readonly #source: Source;
  readonly #inputs: number;

  constructor(room: Room<M>, parameters: Parameters, source: Source, plan: BlockPlan) {
    const { first, last } = branchEnds(plan);
    this.#room = room;
    this.#source = source;
    this.scalars = parameters.scalars;
    this.scale = parameters.scaleOf(plan);
    this.biases = { input: parameters.biasesOf(first).input, output: parameters.biasesOf(last).output };
    this.#inputs = convElements(first).input;
    this.outputs = convElements(last).output;
    const u = room.activation(this.#inputs);
    this.first = { conv: parameters.of(first), x: u };
    const inner: InnerConv<M>[] = [];
    let below = this.first;
    for (const each of plan.convs.slice(1)) {
      const elements = convElements(each).input;
      const before = parameters.biasesOf(below.conv.conv).output, behind = parameters.biasesOf(each).input;
      const relu = { scalars: this.scalars, before, behind, mask: room.mask(elements) };
      const next = { conv: parameters.of(each), x: room.activation(elements), below, relu };
      inner.push(next);
      below = next;
    }
    this.inner = inner;
    this.last = below;
    this.z = room.activation(this.outputs);
    this.shortcut = new Shortcut(room, plan, u, (conv) => new PlainProjection(room, parameters, conv));
    this.output = room.activation(this.outputs);
    this.mask = room.mask(this.outputs);
  }

  forward(count: number): void {
    const room = this.#room, { library } = room;
    const { scalars, scale, biases, first, last, z, output, mask } = this;
    const x = this.#source.output;
    library.call("int8_add_bias", {
      x,
      scalars,
      bias: biases.input,
      y: first.x,
      quantizer: room.quantizer(first.x),
      count: count * this.#inputs,
    }, { layer: first.conv.layer, phase: "forward" });
    for (const { x, below, relu } of this.inner) convActivate(room, below.conv, count, below.x, relu, x);
    convQuantize(room, last.conv, count, last.x, z);
    library.call("int8_residual", {
      z,
      shortcut: this.shortcut.forward(count) ?? x,
      scalars,
      scale,
      bias: biases.output,
      y: output,
      quantizer: room.quantizer(output),
      mask,
      count: count * this.outputs,
    }, { layer: last.conv.layer, phase: "forward" });
  }
}

/** A residual block with the way back. */
export class TrainingBlock extends Block<Tensor> implements TrainingLayer {
  readonly relu: ReluAbove;
  readonly #room: TrainingRoom;
  readonly #source: TrainingSource;
  readonly #shortcut: ShortcutBackward;
  readonly #reversed: readonly InnerConv<Tensor>[];

  constructor(room: TrainingRoom, parameters: Parameters, source: TrainingSource, plan: BlockPlan) {
    super(room, parameters, source, plan);
    this.relu = { mask: this.mask, bias: -1 };
    this.#room = room;
    this.#source = source;
    this.#shortcut = new ShortcutBackward(room, plan, this.shortcut);
    this.#reversed = this.inner.toReversed();
  }

  backward(count: number, error: Tensor, role: ErrorRole): Tensor | undefined {
    const room = this.#room, { layer } = this.last.conv, above = this.#source.relu;
    const dz = room.error(`${layer} dz`, "branch", this.outputs);
    room.library.call("int8_residual_backward", {
      dy: error,
      z: this.z,
      scalars: this.scalars,
      scale: this.scale,
      gradients: room.gradients,
      bias: this.biases.output,
      dz,
      quantizer: room.quantizer(dz),
      count: count * this.outputs,
    }, { layer, phase: "backward" });
    const joining = this.#shortcut.backward(count, error, above !== undefined);
    let dy = dz;
    for (const [i, { conv, x, relu }] of this.#reversed.entries()) {
      const dx = convActivateBackward(room, conv, count, dy, relu, i % 2 === 0 ? "inner" : "branch");
      convUpdate(room, conv, count, x, dy);
      dy = dx;
    }
    const { conv, x } = this.first;
    const relu = above && { before: above.bias, behind: this.biases.input, mask: above.mask };
    const dx = joining && relu && convBlockBackward(room, conv, count, dy, { ...joining, relu }, role);
    convUpdate(room, conv, count, x, dy);
    return dx;
  }
}
