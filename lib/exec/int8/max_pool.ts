/**
 * Max pooling in int8. It picks among values that have passed a ReLU, and the
 * pick passes the same ReLU: so the mask is picked too, and the error is masked
 * and quantized before it goes back to where its value came from.
 *
 * @module
 */

import type { ConvShape } from "../../native/conv_shape.ts";
import type { Tensor } from "../../native/tensor.ts";
import { type MaxPoolPlan, outputSize } from "../../plan/plan.ts";
import type { Layer, ReluAbove, Source } from "./layer.ts";
import type { Room } from "./room.ts";

/** output = the largest values of the source's windows. */
export class MaxPool implements Layer {
  readonly output: Tensor;
  readonly relu: ReluAbove | undefined;
  readonly #room: Room;
  readonly #source: Source;
  readonly #plan: MaxPoolPlan;
  readonly #shape: ConvShape;
  /** Where in its window each value was found; absent in inference. */
  readonly #places: Tensor | undefined;

  constructor(room: Room, source: Source, plan: MaxPoolPlan) {
    const { height, width } = outputSize(plan);
    const elements = height * width * plan.channels;
    this.#room = room;
    this.#source = source;
    this.#plan = plan;
    this.#shape = room.shape({ ...plan, inputs: plan.channels, outputs: plan.channels });
    this.#places = room.errors && room.tensor("uint8", elements);
    this.output = room.activation(elements);
    room.release(source.output);
    const mask = room.mask(elements);
    this.relu = mask && { mask, bias: source.relu!.bias };
  }

  forward(count: number): void {
    const { library } = this.#room;
    library.check(library.symbols.eoq_int8_max_pool(
      this.#source.output.handle,
      this.#source.relu?.mask.handle ?? 0,
      this.output.handle,
      this.relu?.mask.handle ?? 0,
      this.#places?.handle ?? 0,
      this.#shape.handle,
      count,
    ));
  }

  backward(count: number, error: Tensor, result: Tensor): void {
    const { library, sums } = this.#room;
    const { height, width, channels } = this.#plan;
    library.check(library.symbols.eoq_int8_max_pool_backward(
      error.handle,
      this.#places!.handle,
      sums.handle,
      this.#shape.handle,
      count,
    ));
    library.check(library.symbols.eoq_int8_quantize(sums.handle, result.handle, count * height * width * channels));
  }
}
