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
import type { ConvBiases } from "../fixup.ts";
import {
  convActivate,
  convActivateBackward,
  convBlockBackward,
  convQuantize,
  convUpdate,
  type ReluBehind,
} from "./conv.ts";
import type { Layer, ReluAbove, Source, UpdateKey } from "./layer.ts";
import type { ConvParameters, Parameters } from "./parameters.ts";
import { PlainProjection } from "./projection.ts";
import type { Room } from "./room.ts";
import { Shortcut } from "./shortcut.ts";

/** A convolution of the branch, its biases, and what it reads. */
interface BranchConv {
  readonly conv: ConvParameters;
  readonly biases: ConvBiases;
  readonly x: Tensor;
  /** The ReLU that made x; undefined for the first, which reads the block's input. */
  readonly relu: ReluBehind | undefined;
}

/** A residual block. */
export class Block implements Layer {
  readonly output: Tensor;
  readonly relu: ReluAbove | undefined;
  readonly #room: Room;
  readonly #source: Source;
  readonly #scalars: Tensor;
  readonly #scale: number;
  readonly #branch: readonly BranchConv[];
  /** The last convolution's output. */
  readonly #z: Tensor;
  readonly #shortcut: Shortcut;
  readonly #inputs: number;
  readonly #outputs: number;

  constructor(room: Room, parameters: Parameters, source: Source, plan: BlockPlan) {
    const { first, last } = branchEnds(plan);
    this.#room = room;
    this.#source = source;
    this.#scalars = parameters.scalars;
    this.#scale = parameters.layout.blocks.get(plan)!;
    this.#inputs = convElements(first).input;
    this.#outputs = convElements(last).output;
    const identity = plan.shortcut.kind === "identity";
    const u = room.activation(this.#inputs);
    const around = identity ? source.output : u;
    const release = (read: Tensor) => read === around || room.release(read);
    release(source.output);
    const branch: BranchConv[] = [];
    for (const each of plan.convs) {
      const elements = convElements(each).input;
      const biases = parameters.layout.convs.get(each)!;
      const below = branch.at(-1);
      const relu = below &&
        { scalars: this.#scalars, before: below.biases.output, behind: biases.input, mask: room.mask(elements) };
      const x = below === undefined ? u : room.activation(elements);
      branch.push({ conv: parameters.of(each), biases, x, relu });
      if (below !== undefined) release(below.x);
    }
    this.#branch = branch;
    this.#z = room.activation(this.#outputs);
    release(branch.at(-1)!.x);
    this.#shortcut = new Shortcut(room, parameters, plan, u, PlainProjection);
    if (!identity) room.release(u);
    this.output = room.activation(this.#outputs);
    room.release(this.#z);
    room.release(this.#shortcut.output ?? around);
    const mask = room.mask(this.#outputs);
    this.relu = mask && { mask, bias: -1 };
  }

  forward(count: number): void {
    const { library, sums } = this.#room;
    const { symbols } = library;
    const x = this.#source.output;
    const [first] = this.#branch as [BranchConv];
    const last = this.#branch.at(-1)!;
    library.check(symbols.eoq_int8_add_bias(
      x.handle,
      count * this.#inputs,
      this.#scalars.handle,
      first.biases.input,
      first.x.handle,
    ));
    this.#branch.forEach(({ conv, x }, i) => {
      const above = this.#branch[i + 1];
      if (above === undefined) convQuantize(library, conv, count, x, sums, this.#z);
      else convActivate(library, conv, count, x, above.relu!, sums, above.x);
    });
    library.check(symbols.eoq_int8_residual(
      this.#z.handle,
      (this.#shortcut.forward(count) ?? x).handle,
      count * this.#outputs,
      this.#scalars.handle,
      this.#scale,
      last.biases.output,
      this.output.handle,
      this.relu?.mask.handle ?? 0,
    ));
  }

  backward(count: number, error: Tensor, result: Tensor, key: UpdateKey): void {
    const { library, sums } = this.#room;
    const errors = this.#room.errors!;
    const last = this.#branch.at(-1)!;
    library.check(library.symbols.eoq_int8_residual_backward(
      error.handle,
      this.#z.handle,
      count * this.#outputs,
      this.#scalars.handle,
      this.#scale,
      last.biases.output,
      errors.scalars.handle,
      errors.branch.handle,
    ));
    const joining = this.#shortcut.backward(count, error, key);
    let dy = errors.branch, dx = errors.inner;
    for (let i = this.#branch.length - 1; i > 0; i--) {
      const { conv, x, relu } = this.#branch[i]!;
      convActivateBackward(library, conv, count, dy, relu!, errors.scalars, sums, dx);
      convUpdate(library, conv, count, x, dy, errors, key);
      [dy, dx] = [dx, dy];
    }
    const { conv, x, biases } = this.#branch[0]!;
    const { mask, bias } = this.#source.relu!;
    const relu = { scalars: this.#scalars, before: bias, behind: biases.input, mask };
    convBlockBackward(library, conv, count, dy, { ...joining, relu }, errors.scalars, sums, result);
    convUpdate(library, conv, count, x, dy, errors, key);
  }
}
