/**
 * A convolution with batch norm behind it, in int8, and a ReLU or none.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import { convElements, type ConvPlan, outputSize } from "../../plan/plan.ts";
import { convForward } from "./conv.ts";
import type { NormParameters } from "./norm_parameters.ts";
import type { UpdateKey } from "./layer.ts";
import type { ConvParameters, Parameters } from "./parameters.ts";
import type { Room } from "./room.ts";

/** What the way back needs of a batch. */
interface Kept {
  /** Absent where there is no ReLU. */
  readonly mask: Tensor | undefined;
  /** The normalised sums, int16. */
  readonly xhat: Tensor;
  /** 1 / standard deviation of each channel. */
  readonly inverse: Tensor;
  readonly gradients: Tensor;
}

/** output = relu(norm(conv(x)) + residual), or the same without relu. */
export class NormUnit {
  readonly conv: ConvParameters;
  readonly output: Tensor;
  /** Absent in inference. */
  readonly kept: Kept | undefined;
  readonly #room: Room;
  readonly #norm: NormParameters;
  readonly #pixels: number;
  readonly #relu: boolean;

  constructor(room: Room, parameters: Parameters, plan: ConvPlan, relu = true) {
    const { output } = convElements(plan);
    const { height, width } = outputSize(plan);
    this.#room = room;
    this.conv = parameters.of(plan);
    this.#norm = parameters.normOf(plan);
    this.#pixels = height * width;
    this.#relu = relu;
    this.output = room.activation(output);
    this.kept = room.errors && {
      mask: relu ? room.mask(output) : undefined,
      xhat: room.tensor("int16", output),
      inverse: room.fixed("int32", plan.outputs),
      gradients: room.fixed("int64", 2 * plan.outputs),
    };
  }

  /** With the statistics of the batch in training, else the running ones. */
  forward(count: number, x: Tensor, residual?: Tensor): void {
    const { library, sums } = this.#room;
    const { symbols } = library;
    const { norm, running, channels } = this.#norm;
    const pixels = count * this.#pixels;
    convForward(library, this.conv, count, x, sums);
    if (this.kept === undefined) {
      library.check(symbols.eoq_int8_batchnorm_inference(
        sums.handle,
        residual?.handle ?? 0,
        norm.handle,
        running.handle,
        this.output.handle,
        this.#relu ? 1 : 0,
        pixels,
        channels,
      ));
      return;
    }
    library.check(symbols.eoq_int8_batchnorm_forward(
      sums.handle,
      residual?.handle ?? 0,
      norm.handle,
      running.handle,
      this.output.handle,
      this.kept.mask?.handle ?? 0,
      this.kept.xhat.handle,
      this.kept.inverse.handle,
      pixels,
      channels,
    ));
  }

  /** Turns the masked error of the output into that of the convolution's sums, and updates gamma and beta. */
  backward(count: number, error: Tensor, result: Tensor, key: UpdateKey): void {
    const { library } = this.#room;
    const { norm, fraction, momentum, stream, channels } = this.#norm;
    const { xhat, inverse, gradients } = this.kept!;
    library.check(library.symbols.eoq_int8_batchnorm_backward(
      error.handle,
      xhat.handle,
      norm.handle,
      inverse.handle,
      gradients.handle,
      result.handle,
      count * this.#pixels,
      channels,
    ));
    library.check(library.symbols.eoq_int8_update(
      norm.handle,
      fraction.handle,
      momentum.handle,
      gradients.handle,
      norm.count,
      key.rate.mantissa,
      key.rate.exponent,
      key.seed,
      key.step,
      stream,
    ));
  }
}
