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
import type { Layer, ReluAbove, Source, TrainingLayer } from "./layer.ts";
import type { InferenceRoom, Room } from "./room.ts";
import type { TrainingRoom } from "./training_room.ts";

/** Elements an image of a pool's output. */
function elementsOf(plan: MaxPoolPlan): number {
  const { height, width } = outputSize(plan);
  return height * width * plan.channels;
}

/** What a pool keeps for the way back: handles, 0 in inference. */
interface Kept {
  /** Mask of the source. */
  readonly above: number;
  /** Mask of the output. */
  readonly mask: number;
  /** Where in its window each value was found. */
  readonly places: number;
}

/** output = the largest values of the source's windows. */
class MaxPool implements Layer {
  readonly output: Tensor;
  readonly #room: Room;
  readonly #source: Source;
  readonly #shape: ConvShape;
  readonly #kept: Kept;

  constructor(room: Room, source: Source, plan: MaxPoolPlan, kept: Kept) {
    this.#room = room;
    this.#source = source;
    this.#shape = room.shape({ ...plan, inputs: plan.channels, outputs: plan.channels });
    this.#kept = kept;
    this.output = room.activation(elementsOf(plan));
    room.release(source.output);
  }

  forward(count: number): void {
    const { library } = this.#room;
    library.check(library.symbols.eoq_int8_max_pool(
      this.#source.output.handle,
      this.#kept.above,
      this.output.handle,
      this.#kept.mask,
      this.#kept.places,
      this.#shape.handle,
      count,
    ));
  }

  /** Handle of the window and its images. */
  protected window(count: number) {
    return [this.#shape.handle, count] as const;
  }
}

/** A pool of inference. */
export class InferenceMaxPool extends MaxPool {
  constructor(room: InferenceRoom, source: Source, plan: MaxPoolPlan) {
    super(room, source, plan, { above: 0, mask: 0, places: 0 });
  }
}

/** A pool with the way back. */
export class TrainingMaxPool extends MaxPool implements TrainingLayer {
  readonly relu: ReluAbove;
  readonly #room: TrainingRoom;
  readonly #elements: number;
  readonly #places: Tensor;

  constructor(room: TrainingRoom, source: TrainingLayer, plan: MaxPoolPlan) {
    const places = room.tensor("uint8", elementsOf(plan)), mask = room.mask(elementsOf(plan));
    super(room, source, plan, { above: source.relu.mask.handle, mask: mask.handle, places: places.handle });
    this.relu = { mask, bias: source.relu.bias };
    this.#room = room;
    this.#elements = plan.height * plan.width * plan.channels;
    this.#places = places;
  }

  backward(count: number, error: Tensor, result: Tensor): void {
    const { library, sums } = this.#room;
    library.check(library.symbols.eoq_int8_max_pool_backward(
      error.handle,
      this.#places.handle,
      sums.handle,
      ...this.window(count),
    ));
    library.check(library.symbols.eoq_int8_quantize(sums.handle, result.handle, count * this.#elements));
  }
}
