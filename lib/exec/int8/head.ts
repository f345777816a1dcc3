/**
 * The end of an int8 network: the linear classifier, behind the global average
 * pool where there is one, and the loss.
 *
 * @module
 */

import { NEAREST, type Words } from "../../native/words.ts";
import type { SlotValues } from "../../native/program.ts";
import type { Tensor } from "../../native/tensor.ts";
import type { ImageShape, Plan } from "../../plan/plan.ts";
import type { Batch, BatchMetrics } from "../network.ts";
import type { StepKey } from "../step_programs.ts";
import { Targets } from "../targets.ts";
import { convActivateBackward, convBackwardData, convForward, convUpdate } from "./conv.ts";
import type { ReluAbove, Source, TrainingSource } from "./layer.ts";
import { RECIPROCAL_EXPONENT } from "./number.ts";
import type { ConvParameters, Parameters } from "./parameters.ts";
import type { Room } from "./room.ts";
import type { ErrorRole, TrainingRoom } from "./training_room.ts";

/** Fraction bits of the loss that the kernels report, in nats. */
const LOSS_BITS = 16;

/** Elements of what a loss reports. */
const METRICS = 2;

/** Where the calls of the pool are. */
const POOL = "average-pool";

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

/** What a loss sets for the way back: the gradients of the classifier's biases, and the error of the logits. */
type LossErrors = Pick<Words<"int8_loss">, "gradients" | "dlogits" | "quantizer">;

/** Classifier and loss. */
export class Head {
  protected readonly plan: Plan;
  protected readonly parameters: Parameters;
  protected readonly classifier: ConvParameters;
  protected readonly pool: AveragePool | undefined;
  readonly #room: Room;
  readonly #source: Source;
  readonly #targets: Targets;
  /** Loss and correct count, and where they are read. */
  readonly #metrics: Tensor;
  readonly #read = new BigInt64Array(METRICS);
  readonly #bytes = new Uint8Array(this.#read.buffer);

  constructor(room: Room, parameters: Parameters, source: Source, plan: Plan) {
    const last = plan.layers.at(-1);
    this.plan = plan;
    this.parameters = parameters;
    this.classifier = parameters.of(plan.classifier);
    this.pool = last?.kind === "average-pool" ? averagePool(room, last.input) : undefined;
    this.#room = room;
    this.#source = source;
    this.#targets = new Targets(() => room.own("int16", room.batch));
    this.#metrics = room.own("int64", METRICS);
  }

  /** What the classifier reads. */
  protected get features(): Tensor {
    return this.pool?.output ?? this.#source.output;
  }

  /** Copies in what the loss compares with; says whether images are mixed. */
  load(batch: Batch): boolean {
    this.#targets.load(batch, 0, batch.count);
    return this.#targets.mixed;
  }

  /** Values of the slots of the last batch. */
  get slots(): SlotValues {
    return this.#targets.slots;
  }

  /** The last loss, of `count` images. */
  metrics(count: number): BatchMetrics {
    this.#metrics.read(this.#bytes);
    const read = this.#read;
    return { lossSum: Number(read[0]) / 2 ** LOSS_BITS, correct: Number(read[1]), count };
  }

  /** The loss of a batch's features. */
  forward(key: StepKey): void {
    this.loss(key, { gradients: undefined, dlogits: undefined, quantizer: NEAREST });
  }

  protected loss({ count: n, mixed }: StepKey, errors: LossErrors): void {
    const room = this.#room, { library } = room;
    const { scalars, layout } = this.parameters;
    const { classes, classifier } = this.plan;
    if (this.pool !== undefined) {
      const { reciprocal, sums, output: y, pixels } = this.pool;
      const words = { x: this.#source.output, reciprocal, scalars, bias: layout.pool, sums, y, n, pixels };
      const place = { layer: POOL, phase: "forward" } as const;
      library.call("int8_pool", { ...words, quantizer: room.quantizer(y), c: classifier.inputs }, place);
    }
    const bias = { scalars, index: layout.classifier, count: classes };
    library.call("int8_loss", {
      logits: convForward(room, this.classifier, n, this.features, bias),
      ...this.#targets.words(mixed),
      ...errors,
      bias: layout.classifier,
      metrics: this.#metrics,
      n,
      classes,
    }, { layer: "loss", phase: "forward" });
  }
}

/** The same with the way back. */
export class TrainingHead extends Head {
  readonly #room: TrainingRoom;
  readonly #source: TrainingSource;
  /** The error of the logits. */
  readonly #error: Tensor;

  constructor(room: TrainingRoom, parameters: Parameters, source: TrainingSource, plan: Plan) {
    super(room, parameters, source, plan);
    this.#room = room;
    this.#source = source;
    this.#error = room.logitErrors(plan.classes);
  }

  override forward(key: StepKey): void {
    const room = this.#room, dlogits = this.#error;
    this.loss(key, { gradients: room.gradients, dlogits, quantizer: room.quantizer(dlogits) });
  }

  /** The error of the source, whose role it is told, if that is trained; updates the classifier. */
  backward(n: number, role: ErrorRole): Tensor | undefined {
    const error = this.#error, { relu } = this.#source;
    const dx = relu && this.#passOn(n, error, relu, role);
    convUpdate(this.#room, this.classifier, n, this.features, error);
    return dx;
  }

  #passOn(n: number, error: Tensor, { mask, bias }: ReluAbove, role: ErrorRole): Tensor {
    const room = this.#room, { pool, classifier } = this, { inputs: c } = this.plan.classifier;
    if (pool === undefined) {
      return convActivateBackward(room, classifier, n, error, { before: bias, behind: -1, mask }, role);
    }
    const dx = room.error(`${POOL} dx`, role, pool.pixels * c);
    room.library.call("int8_pool_backward", {
      dy: convBackwardData(room, classifier, n, error),
      mask,
      reciprocal: pool.reciprocal,
      gradients: room.gradients,
      bias: this.parameters.layout.pool,
      dx,
      quantizer: room.quantizer(dx),
      n,
      pixels: pool.pixels,
      c,
    }, { layer: POOL, phase: "backward" });
    return dx;
  }
}
