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
import type { Layer, ReluAbove, Source, TrainingLayer, TrainingSource } from "./layer.ts";
import { found } from "./parameters.ts";
import type { InferenceRoom, Room } from "./room.ts";
import type { ErrorRole, TrainingRoom } from "./training_room.ts";

/** Elements an image of a pool's output. */
function elementsOf(plan: MaxPoolPlan): number {
  const { height, width } = outputSize(plan);
  return height * width * plan.channels;
}

/** What a pool keeps for the way back. */
interface Kept {
  /** Mask of the source. */
  readonly above: Tensor;
  /** Mask of the output. */
  readonly mask: Tensor;
  /** Where in its window each value was found. */
  readonly places: Tensor;
}

/** output = the largest values of the source's windows. */
class MaxPool implements Layer {
  readonly output: Tensor;
  protected readonly name: string;
  protected readonly shape: ConvShape;
  readonly #room: Room;
  readonly #source: Source;
  readonly #kept: Kept | undefined;

  constructor(room: Room, source: Source, plan: MaxPoolPlan, kept?: Kept) {
    this.#room = room;
    this.#source = source;
    this.name = plan.name;
    this.shape = room.shape({ ...plan, inputs: plan.channels, outputs: plan.channels });
    this.#kept = kept;
    this.output = room.activation(elementsOf(plan));
  }

  forward(n: number): void {
    const { name, output: y, shape } = this;
    const kept = this.#kept;
    const words = { x: this.#source.output, x_mask: kept?.above, y, y_mask: kept?.mask, places: kept?.places };
    this.#room.library.call("int8_max_pool", { ...words, shape, n }, { layer: name, phase: "forward" });
  }
}

/** A pool of inference. */
export class InferenceMaxPool extends MaxPool {
  constructor(room: InferenceRoom, source: Source, plan: MaxPoolPlan) {
    super(room, source, plan);
  }
}

/** A pool with the way back. */
export class TrainingMaxPool extends MaxPool implements TrainingLayer {
  readonly relu: ReluAbove;
  readonly #room: TrainingRoom;
  readonly #elements: number;
  readonly #places: Tensor;

  constructor(room: TrainingRoom, source: TrainingSource, plan: MaxPoolPlan) {
    const above = found(source.relu, `a trained layer below ${plan.name}`);
    const places = room.tensor("uint8", elementsOf(plan)), mask = room.mask(elementsOf(plan));
    super(room, source, plan, { above: above.mask, mask, places });
    this.relu = { mask, bias: above.bias };
    this.#room = room;
    this.#elements = plan.height * plan.width * plan.channels;
    this.#places = places;
  }

  backward(n: number, error: Tensor, role: ErrorRole): Tensor {
    const room = this.#room, { library } = room, { name: layer, shape } = this, elements = this.#elements;
    const place = { layer, phase: "backward" } as const;
    const sums = room.sums(`${layer} error sums`, elements), dx = room.error(`${layer} dx`, role, elements);
    library.call("int8_max_pool_backward", { dy: error, places: this.#places, dx: sums, shape, n }, place);
    const words = { x: sums, y: dx, quantizer: room.quantizer(dx), count: n * elements };
    library.call("int8_quantize", words, place);
    return dx;
  }
}
