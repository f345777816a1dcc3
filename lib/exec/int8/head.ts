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
import type { Source, UpdateKey } from "./layer.ts";
import { RECIPROCAL_EXPONENT } from "./number.ts";
import type { ConvParameters, Parameters } from "./parameters.ts";
import type { Room } from "./room.ts";

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
  readonly #room: Room;
  readonly #plan: Plan;
  readonly #parameters: Parameters;
  readonly #source: Source;
  readonly #classifier: ConvParameters;
  readonly #pool: AveragePool | undefined;
  readonly #targets: Targets;
  /** The error of the logits; absent in inference. */
  readonly #error: Tensor | undefined;
  /** Loss and correct count. */
  readonly #metrics: Tensor;

  constructor(room: Room, parameters: Parameters, source: Source, plan: Plan) {
    const last = plan.layers.at(-1);
    this.#room = room;
    this.#plan = plan;
    this.#parameters = parameters;
    this.#source = source;
    this.#classifier = parameters.of(plan.classifier);
    this.#pool = last?.kind === "average-pool" ? averagePool(room, last.input) : undefined;
    this.#targets = new Targets(() => room.tensor("int16", 1));
    this.#error = room.logitErrors(plan.classes);
    this.#metrics = room.fixed("int64", 2);
  }

  /** What the classifier reads. */
  get #features(): Tensor {
    return this.#pool?.output ?? this.#source.output;
  }

  /** The loss of a batch's features; in training also the error of the logits. */
  forward(batch: Omit<Batch, "images">): BatchMetrics {
    const { count } = batch;
    const { library, sums, errors } = this.#room;
    const { scalars, layout } = this.#parameters;
    const { classes, classifier } = this.#plan;
    this.#targets.load(batch, 0, count);
    if (this.#pool !== undefined) {
      library.check(library.symbols.eoq_int8_pool(
        this.#source.output.handle,
        count,
        this.#pool.pixels,
        classifier.inputs,
        this.#pool.reciprocal,
        scalars.handle,
        layout.pool,
        this.#pool.sums.handle,
        this.#pool.output.handle,
      ));
    }
    const bias = { scalars, index: layout.classifier, count: classes };
    convForward(library, this.#classifier, count, this.#features, sums, bias);
    library.check(library.symbols.eoq_int8_loss(
      sums.handle,
      ...this.#targets.arguments,
      count,
      classes,
      errors?.scalars.handle ?? 0,
      layout.classifier,
      this.#error?.handle ?? 0,
      this.#metrics.handle,
    ));
    const [loss, correct] = this.#metrics.read(new BigInt64Array(2));
    return { lossSum: Number(loss) / 2 ** LOSS_BITS, correct: Number(correct), count };
  }

  /** Sets `result`, the error of the source, and updates the classifier. */
  backward(count: number, result: Tensor, key: UpdateKey): void {
    const { library, sums } = this.#room;
    const errors = this.#room.errors!;
    const { scalars, layout } = this.#parameters;
    const { mask, bias } = this.#source.relu!;
    const error = this.#error!;
    if (this.#pool === undefined) {
      const relu = { scalars, before: bias, behind: -1, mask };
      convActivateBackward(library, this.#classifier, count, error, relu, errors.scalars, sums, result);
    } else {
      convBackwardData(library, this.#classifier, count, error, sums);
      library.check(library.symbols.eoq_int8_pool_backward(
        sums.handle,
        count,
        this.#pool.pixels,
        this.#plan.classifier.inputs,
        this.#pool.reciprocal,
        mask.handle,
        errors.scalars.handle,
        layout.pool,
        result.handle,
      ));
    }
    convUpdate(library, this.#classifier, count, this.#features, error, errors, key);
  }
}
