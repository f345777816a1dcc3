/**
 * A convolution with batch norm behind it, in int8, and a ReLU or none:
 * output = relu(norm(conv(x)) + residual), or the same without relu.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import { convElements, type ConvPlan, outputSize } from "../../plan/plan.ts";
import { convForward } from "./conv.ts";
import type { ConvParameters, NormParameters, Parameters } from "./parameters.ts";
import type { InferenceRoom, Room } from "./room.ts";
import type { TrainingRoom } from "./training_room.ts";
import { updateWeights } from "./update.ts";

/** What inference and training have in common. */
export abstract class NormUnit {
  readonly conv: ConvParameters;
  readonly output: Tensor;
  protected readonly norm: NormParameters;
  protected readonly pixels: number;

  constructor(room: Room, parameters: Parameters, plan: ConvPlan) {
    const { height, width } = outputSize(plan);
    this.conv = parameters.of(plan);
    this.norm = parameters.normOf(plan);
    this.pixels = height * width;
    this.output = room.activation(convElements(plan).output);
  }

  /** Sets the output for `count` images. */
  abstract forward(count: number, x: Tensor, residual?: Tensor): void;
}

/** With the running statistics. */
export class InferenceNormUnit extends NormUnit {
  readonly #room: InferenceRoom;
  readonly #relu: boolean;

  constructor(room: InferenceRoom, parameters: Parameters, plan: ConvPlan, relu: boolean) {
    super(room, parameters, plan);
    this.#room = room;
    this.#relu = relu;
  }

  forward(count: number, x: Tensor, residual?: Tensor): void {
    const room = this.#room;
    const { layer, weights: norm, running, channels: c } = this.norm;
    room.library.call("int8_batchnorm_inference", {
      x: convForward(room, this.conv, count, x),
      residual,
      norm,
      running,
      relu: Number(this.#relu),
      y: this.output,
      pixels: count * this.pixels,
      c,
    }, { layer, phase: "forward" });
  }
}

/** With the statistics of the batch, and with the way back. */
export class TrainingNormUnit extends NormUnit {
  /** Absent where there is no ReLU. */
  protected readonly mask: Tensor | undefined;
  readonly #room: TrainingRoom;
  /** The normalised sums, int16. */
  readonly #xhat: Tensor;
  /** 1 / standard deviation of each channel. */
  readonly #inverse: Tensor;
  readonly #gradients: Tensor;

  /** @param mask of the ReLU, if there is one */
  constructor(room: TrainingRoom, parameters: Parameters, plan: ConvPlan, mask: Tensor | undefined) {
    super(room, parameters, plan);
    this.mask = mask;
    this.#room = room;
    this.#xhat = room.tensor("int16", convElements(plan).output);
    this.#inverse = room.fixed("int32", plan.outputs);
    this.#gradients = room.fixed("int64", 2 * plan.outputs);
  }

  forward(count: number, x: Tensor, residual?: Tensor): void {
    const room = this.#room;
    const { layer, weights: norm, running, channels: c } = this.norm;
    room.library.call("int8_batchnorm_forward", {
      x: convForward(room, this.conv, count, x),
      residual,
      norm,
      running,
      y: this.output,
      mask: this.mask,
      xhat: this.#xhat,
      inverse: this.#inverse,
      pixels: count * this.pixels,
      c,
    }, { layer, phase: "forward" });
  }

  /** The error of the convolution's sums, from the masked one of the output; updates gamma and beta. */
  backward(count: number, error: Tensor): Tensor {
    const room = this.#room, { conv } = this.conv;
    const dx = room.error(`${conv.name} sums' error`, "branch", convElements(conv).output);
    const { layer, weights: norm, channels: c } = this.norm;
    room.library.call("int8_batchnorm_backward", {
      dy: error,
      xhat: this.#xhat,
      norm,
      inverse: this.#inverse,
      gradients: this.#gradients,
      dx,
      quantizer: room.quantizer(dx),
      pixels: count * this.pixels,
      c,
    }, { layer, phase: "backward" });
    updateWeights(room.library, this.norm, this.#gradients);
    return dx;
  }
}

/** The same with a ReLU. */
export class TrainingReluUnit extends TrainingNormUnit {
  override readonly mask: Tensor;

  constructor(room: TrainingRoom, parameters: Parameters, plan: ConvPlan) {
    const mask = room.mask(convElements(plan).output);
    super(room, parameters, plan, mask);
    this.mask = mask;
  }
}
