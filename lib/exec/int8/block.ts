/**
 * A Fixup residual block in int8 (arXiv 1901.09321, figure 1 right), of two
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
import { type BlockPlan, branchEnds, convElements } from "../../plan/plan.ts";
import {
  convActivate,
  convActivateBackward,
  convBlockBackward,
  convQuantize,
  convUpdate,
  type ReluBehind,
} from "./conv.ts";
import type { Layer, ReluAbove, Source, TrainingLayer, UpdateKey } from "./layer.ts";
import type { ConvParameters, Parameters } from "./parameters.ts";
import { PlainProjection } from "./projection.ts";
import type { Mask, Room } from "./room.ts";
import { Shortcut, ShortcutBackward } from "./shortcut.ts";
import type { TrainingRoom } from "./training_room.ts";

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
  readonly #last: BranchConv;

  constructor(room: Room<M>, parameters: Parameters, source: Source, plan: BlockPlan) {
    const { first, last } = branchEnds(plan);
    this.#room = room;
    this.#source = source;
    this.scalars = parameters.scalars;
    this.scale = parameters.scaleOf(plan);
    this.biases = { input: parameters.biasesOf(first).input, output: parameters.biasesOf(last).output };
    this.#inputs = convElements(first).input;
    this.outputs = convElements(last).output;
    const identity = plan.shortcut.kind === "identity";
    const u = room.activation(this.#inputs);
    const around = identity ? source.output : u;
    const release = (read: Tensor) => read === around || room.release(read);
    release(source.output);
    this.first = { conv: parameters.of(first), x: u };
    const inner: InnerConv<M>[] = [];
    let below = this.first;
    for (const each of plan.convs.slice(1)) {
      const elements = convElements(each).input;
      const before = parameters.biasesOf(below.conv.conv).output, behind = parameters.biasesOf(each).input;
      const relu = { scalars: this.scalars, before, behind, mask: room.mask(elements) };
      const next = { conv: parameters.of(each), x: room.activation(elements), below, relu };
      release(below.x);
      inner.push(next);
      below = next;
    }
    this.inner = inner;
    this.#last = below;
    this.z = room.activation(this.outputs);
    release(below.x);
    this.shortcut = new Shortcut(room, plan, u, (conv) => new PlainProjection(room, parameters, conv));
    if (!identity) room.release(u);
    this.output = room.activation(this.outputs);
    room.release(this.z);
    room.release(this.shortcut.output ?? around);
    this.mask = room.mask(this.outputs);
  }

  forward(count: number): void {
    const { library, sums } = this.#room;
    const { symbols } = library;
    const x = this.#source.output;
    library.check(symbols.eoq_int8_add_bias(
      x.handle,
      this.scalars.handle,
      this.biases.input,
      this.first.x.handle,
      count * this.#inputs,
    ));
    for (const { x, below, relu } of this.inner) convActivate(library, below.conv, count, below.x, relu, sums, x);
    convQuantize(library, this.#last.conv, count, this.#last.x, sums, this.z);
    library.check(symbols.eoq_int8_residual(
      this.z.handle,
      (this.shortcut.forward(count) ?? x).handle,
      this.scalars.handle,
      this.scale,
      this.biases.output,
      this.output.handle,
      this.mask?.handle ?? 0,
      count * this.outputs,
    ));
  }
}

/** A residual block with the way back. */
export class TrainingBlock extends Block<Tensor> implements TrainingLayer {
  readonly relu: ReluAbove;
  readonly #room: TrainingRoom;
  readonly #source: TrainingLayer;
  readonly #shortcut: ShortcutBackward;
  readonly #reversed: readonly InnerConv<Tensor>[];

  constructor(room: TrainingRoom, parameters: Parameters, source: TrainingLayer, plan: BlockPlan) {
    super(room, parameters, source, plan);
    this.relu = { mask: this.mask, bias: -1 };
    this.#room = room;
    this.#source = source;
    this.#shortcut = new ShortcutBackward(room, plan, this.shortcut);
    this.#reversed = this.inner.toReversed();
  }

  backward(count: number, error: Tensor, result: Tensor, key: UpdateKey): void {
    const { library, sums, errors } = this.#room;
    library.check(library.symbols.eoq_int8_residual_backward(
      error.handle,
      this.z.handle,
      this.scalars.handle,
      this.scale,
      errors.scalars.handle,
      this.biases.output,
      errors.branch.handle,
      count * this.outputs,
    ));
    const joining = this.#shortcut.backward(count, error, key);
    let dy = errors.branch, dx = errors.inner;
    for (const { conv, x, relu } of this.#reversed) {
      convActivateBackward(library, conv, count, dy, relu, errors.scalars, sums, dx);
      convUpdate(library, conv, count, x, dy, errors, key);
      [dy, dx] = [dx, dy];
    }
    const { conv, x } = this.first;
    const { mask, bias } = this.#source.relu;
    const relu = { scalars: this.scalars, before: bias, behind: this.biases.input, mask };
    convBlockBackward(library, conv, count, dy, { ...joining, relu }, errors.scalars, sums, result);
    convUpdate(library, conv, count, x, dy, errors, key);
  }
}
