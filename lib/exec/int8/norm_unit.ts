/**
 * A convolution with batch norm behind it, in int8, and a ReLU or none:
 * output = relu(norm(conv(x)) + residual), or the same without relu.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import { convElements, type ConvPlan, outputSize } from "../../plan/plan.ts";
import { convForward } from "./conv.ts";
import type { UpdateKey } from "./layer.ts";
import type { NormParameters } from "./norm_parameters.ts";
import type { ConvParameters, Parameters } from "./parameters.ts";
import type { InferenceRoom, Room } from "./room.ts";
import type { TrainingRoom } from "./training_room.ts";

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
    const { library, sums } = this.#room;
    const { norm, running, channels } = this.norm;
    convForward(library, this.conv, count, x, sums);
    library.check(library.symbols.eoq_int8_batchnorm_inference(
      sums.handle,
      residual?.handle ?? 0,
      norm.handle,
      running.handle,
      this.#relu ? 1 : 0,
      this.output.handle,
      count * this.pixels,
      channels,
    ));
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
    const { library, sums } = this.#room;
    const { norm, running, channels } = this.norm;
    convForward(library, this.conv, count, x, sums);
    library.check(library.symbols.eoq_int8_batchnorm_forward(
      sums.handle,
      residual?.handle ?? 0,
      norm.handle,
      running.handle,
      this.output.handle,
      this.mask?.handle ?? 0,
      this.#xhat.handle,
      this.#inverse.handle,
      count * this.pixels,
      channels,
    ));
  }

  /** Turns the masked error of the output into that of the convolution's sums, and updates gamma and beta. */
  backward(count: number, error: Tensor, result: Tensor, key: UpdateKey): void {
    const { library } = this.#room;
    const { norm, fraction, momentum, stream, channels } = this.norm;
    library.check(library.symbols.eoq_int8_batchnorm_backward(
      error.handle,
      this.#xhat.handle,
      norm.handle,
      this.#inverse.handle,
      this.#gradients.handle,
      result.handle,
      count * this.pixels,
      channels,
    ));
    library.check(library.symbols.eoq_int8_update(
      norm.handle,
      fraction.handle,
      momentum.handle,
      this.#gradients.handle,
      key.rate.mantissa,
      key.rate.exponent,
      norm.count,
      key.seed,
      key.step,
      stream,
    ));
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
