/**
 * The end of an int8 network: the linear classifier, behind the global average
 * pool where there is one, and the loss.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { ImageShape, Plan } from "../../plan/plan.ts";
import type { Batch, BatchMetrics } from "../network.ts";
import { Targets } from "../targets.ts";
import { convActivateBackward, convBackwardData, convForward, convUpdate } from "./conv.ts";
import type { Source, TrainingLayer, UpdateKey } from "./layer.ts";
import { RECIPROCAL_EXPONENT } from "./number.ts";
import type { ConvParameters, Parameters } from "./parameters.ts";
import type { Room } from "./room.ts";
import type { TrainingRoom } from "./training_room.ts";

/** Fraction bits of the loss that the kernels report, in nats. */
const LOSS_BITS = 16;

/** A global average pool and the bias behind it. */
interface AveragePool {
  readonly pixels: number;
  readonly reciprocal: number;
  readonly sums: Tensor;
  readonly output: Tensor;
}

function averagePool(room: Room, { height, width, channels }: ImageShape): AveragePool {
  const pixels = height * width;
  return {
    pixels,
    reciprocal: Math.round(2 ** -RECIPROCAL_EXPONENT / pixels),
    sums: room.tensor("int32", channels),
    output: room.activation(channels),
  };
}

/** Classifier and loss. */
export class Head {
  protected readonly plan: Plan;
  protected readonly parameters: Parameters;
  protected readonly classifier: ConvParameters;
  protected readonly pool: AveragePool | undefined;
  readonly #room: Room;
  readonly #source: Source;
  readonly #targets: Targets;
  /** Loss and correct count. */
  readonly #metrics: Tensor;

  constructor(room: Room, parameters: Parameters, source: Source, plan: Plan) {
    const last = plan.layers.at(-1);
    this.plan = plan;
    this.parameters = parameters;
    this.classifier = parameters.of(plan.classifier);
    this.pool = last?.kind === "average-pool" ? averagePool(room, last.input) : undefined;
    this.#room = room;
    this.#source = source;
    this.#targets = new Targets(() => room.tensor("int16", 1));
    this.#metrics = room.fixed("int64", 2);
  }

  /** What the classifier reads. */
  protected get features(): Tensor {
    return this.pool?.output ?? this.#source.output;
  }

  /** The loss of a batch's features. */
  forward(batch: Omit<Batch, "images">): BatchMetrics {
    return this.loss(batch, 0, 0);
  }

  /** The same; sets the gradients of the classifier's biases and the error of the logits, unless their handles are 0. */
  protected loss(batch: Omit<Batch, "images">, gradients: number, error: number): BatchMetrics {
    const { count } = batch;
    const { library, sums } = this.#room;
    const { scalars, layout } = this.parameters;
    const { classes, classifier } = this.plan;
    this.#targets.load(batch, 0, count);
    if (this.pool !== undefined) {
      library.check(library.symbols.eoq_int8_pool(
        this.#source.output.handle,
        this.pool.reciprocal,
        scalars.handle,
        layout.pool,
        this.pool.sums.handle,
        this.pool.output.handle,
        count,
        this.pool.pixels,
        classifier.inputs,
      ));
    }
    const bias = { scalars, index: layout.classifier, count: classes };
    convForward(library, this.classifier, count, this.features, sums, bias);
    library.check(library.symbols.eoq_int8_loss(
      sums.handle,
      ...this.#targets.arguments,
      gradients,
      layout.classifier,
      error,
      this.#metrics.handle,
      count,
      classes,
    ));
    const [loss, correct] = this.#metrics.read(new BigInt64Array(2));
    return { lossSum: Number(loss) / 2 ** LOSS_BITS, correct: Number(correct), count };
  }
}

/** The same with the way back. */
export class TrainingHead extends Head {
  readonly #room: TrainingRoom;
  readonly #source: TrainingLayer;
  /** The error of the logits. */
  readonly #error: Tensor;

  constructor(room: TrainingRoom, parameters: Parameters, source: TrainingLayer, plan: Plan) {
    super(room, parameters, source, plan);
    this.#room = room;
    this.#source = source;
    this.#error = room.logitErrors(plan.classes);
  }

  override forward(batch: Omit<Batch, "images">): BatchMetrics {
    return this.loss(batch, this.#room.errors.scalars.handle, this.#error.handle);
  }

  /** Sets `result`, the error of the source, and updates the classifier. */
  backward(count: number, result: Tensor, key: UpdateKey): void {
    const { library, sums, errors } = this.#room;
    const { scalars, layout } = this.parameters;
    const { mask, bias } = this.#source.relu;
    const error = this.#error;
    if (this.pool === undefined) {
      const relu = { scalars, before: bias, behind: -1, mask };
      convActivateBackward(library, this.classifier, count, error, relu, errors.scalars, sums, result);
    } else {
      convBackwardData(library, this.classifier, count, error, sums);
      library.check(library.symbols.eoq_int8_pool_backward(
        sums.handle,
        mask.handle,
        this.pool.reciprocal,
        errors.scalars.handle,
        layout.pool,
        result.handle,
        count,
        this.pool.pixels,
        this.plan.classifier.inputs,
      ));
    }
    convUpdate(library, this.classifier, count, this.features, error, errors, key);
  }
}
