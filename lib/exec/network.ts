/**
 * What the training loop sees of a network, whatever its arithmetic.
 *
 * @module
 */

import type { Group, Part } from "../native/group.ts";
import type { Kernels } from "../native/kernels.ts";
import type { Executable, Program, SlotValues } from "../native/program.ts";
import type { Plan } from "../plan/plan.ts";
import type { Trained } from "../plan/trained.ts";
import type { EoqRecipe, InputEncoding } from "./recipe.ts";

/** What a new network needs. */
export interface NetworkOptions {
  /** Must stay open as long as the network. */
  readonly library: Kernels;
  /** What the network is. */
  readonly plan: Plan;
  /** Largest training batch. */
  readonly batch: number;
  /** Most images of it that this process has; absent where no others train beside it. */
  readonly part?: number;
  /** Seed of the initial weights and of every random rounding: an unsigned 32-bit integer. */
  readonly seed: number;
  /** L2 penalty on weights; the method's own when absent. */
  readonly weightDecay?: number;
  /** Whether momentum is Nesterov's; heavy ball if absent. */
  readonly nesterov?: boolean;
  /** Whether fp32 methods take its mean off the gradient of each output channel's weights; the method's own when absent. */
  readonly centredGradients?: boolean;
  /** Whether bn-fp32 learns with its running statistics, which then stay; the others take no notice. */
  readonly runningStatistics?: boolean;
  /** What of the EOQ recipe differs from {@linkcode EOQ_RECIPE}; other methods take no notice. */
  readonly recipe?: Partial<EoqRecipe>;
  /** How bytes become numbers; `half` if absent. */
  readonly input?: InputEncoding;
  /**
   * Which layers learn; all if absent. The others run as inference does, norms by their running statistics, which
   * stay; exponents of int8 are those of the batch, as in all of training. They have no gradients and no momentum.
   */
  readonly train?: Trained;
  /** Draws no weights: of a network that is asked what it is, and never run. */
  readonly blank?: boolean;
}

/** A batch: NHWC pixels of one byte each, and one class an image. */
export interface Batch {
  /** Rows, columns and channels of each image in turn. */
  readonly images: Uint8Array;
  /** The class of each image. */
  readonly labels: Int16Array;
  /** Images. */
  readonly count: number;
  /** Present where each image is mixed with another one. */
  readonly mixup?: Mixup;
  /** How much of every target is spread over all classes, in 1/{@linkcode WHOLE_SHARE}; 0 if absent. */
  readonly smoothing?: number;
}

/** {@linkcode Mixup.share} of an image that is not mixed: shares of targets are in steps of 1/256 (EOQ_WHOLE_SHARE). */
export const WHOLE_SHARE = 256;

/** What a loss has to know of mixed images. */
export interface Mixup {
  /** The class of what is mixed into each image. */
  readonly partners: Int16Array;
  /** How much of an image and of its target is its own, in 1/256: 0 to {@linkcode WHOLE_SHARE}. */
  readonly share: number;
}

/** {@linkcode Position.rate} of a method's first learning rate. */
export const FULL_RATE = 1 << 16;

/** How many times a method's first learning rate a run can have at most. */
export const MOST_TIMES_RATE = 256;

/** Where in a run a step stands; a method derives its learning rate from it. */
export interface Position {
  /** Steps done before this one. */
  readonly step: number;
  /** Factor of the method's first learning rate, in steps of 2^-16: a whole number from 1 on, 65536 at the start. */
  readonly rate: number;
}

/** What a batch came to: sums over its images. */
export interface BatchMetrics {
  /** Cross-entropy in nats, summed. */
  readonly lossSum: number;
  /** Images whose largest logit was that of their label. */
  readonly correct: number;
  /** Images of the batch. */
  readonly count: number;
}

/** What an int8 tensor came to in one training step: shares of its elements. */
export interface ValueCounters {
  /** The layer and which tensor of it. */
  readonly name: string;
  /** Images as the first layer reads them, what another convolution reads, or the error at its output. */
  readonly kind: "images" | "activation" | "error";
  /** Power-of-two exponent of its steps. */
  readonly exponent: number;
  /** Share at +-127. */
  readonly saturated: number;
  /** Share at 0. */
  readonly zeros: number;
  /** Share of the channels with one value over the whole batch: behind a ReLU, the dead ones. Of activations alone. */
  readonly constant?: number;
  /** Share of the norm that the means over the channels of each pixel hold; null of zeros. Of activations alone. */
  readonly mean?: number | null;
}

/** What a convolution's weights came to in one training step. */
export interface WeightCounters extends Omit<ValueCounters, "kind" | "zeros" | "constant" | "mean"> {
  /** Tells weights from values. */
  readonly kind: "weights";
  /** Share that the step left as it was. */
  readonly zeroUpdates: number;
  /** Mean size of the step's updates, in steps of the int8 weights. */
  readonly meanUpdate: number;
  /** The same in mean sizes of the weights before the step; null while all are 0. */
  readonly relativeUpdate: number | null;
  /** Share that no step changed since the last count; null at the first. */
  readonly unchanged: number | null;
  /** Share of the norm of the weights before the step that their output channels' means hold; null while all are 0. */
  readonly mean: number | null;
  /** Euclidean norm of the gradient of the mean loss, as the backward pass left it. */
  readonly gradientNorm: number;
  /** Share of that norm that the output channels' means hold; null of a gradient of zeros. */
  readonly gradientMean: number | null;
}

/** What one tensor came to in a training step. */
export type TensorCounters = ValueCounters | WeightCounters;

/** A batch of which several processes have a part each. */
export interface SharedBatch {
  /** The processes. */
  readonly group: Group;
  /** That of this process. */
  readonly part: Part;
}

/** A training step's metrics with the counters of its tensors. */
export interface TracedStep {
  /** What the step came to. */
  readonly metrics: BatchMetrics;
  /** In the order of the backward pass. */
  readonly tensors: readonly TensorCounters[];
}

/** A named piece of training state as the checkpoint stores it. */
export interface StateEntry {
  /** Unique in a state. */
  readonly name: string;
  /** Type of the elements. */
  readonly type: "int8" | "uint8" | "int16" | "int32" | "int64" | "fp32" | "fp64";
  /** Elements in each direction. */
  readonly shape: readonly number[];
  /** Little-endian elements. */
  readonly bytes: Uint8Array;
  /** Power-of-two exponent of an integer entry; 0 for fp32 and fp64. */
  readonly exponent: number;
  /** Whether the entry is part of the trained weights (and so of their hash). */
  readonly weights: boolean;
}

/** Bytes that a training step of the network holds on one thread, by purpose. */
export interface ByteCounts {
  /** Weights and scalars. */
  readonly parameters: number;
  /** What a step computes on its way. */
  readonly activations: number;
  /** What is beside the weights: momentum, in fp32 gradients, and of a run that averages its weights their sums. */
  readonly optimizer: number;
}

/** A program that runs so many times. */
export interface RepeatedProgram {
  readonly program: Program;
  readonly times: number;
}

/** What a network calls for a batch. */
export interface NetworkPrograms {
  readonly training: Program;
  /** Of an evaluation, which may take the batch in groups. */
  readonly inference: readonly RepeatedProgram[];
}

/** A training step that is loaded: to run all its calls is to train. */
export interface PreparedStep {
  /** Its first calls are so many that go forward; behind them, {@linkcode PreparedStep.logits} are there. */
  readonly forward: number;
  /** What the batch came to before the step, see {@linkcode Network.predict}: until the calls behind have run. */
  readonly logits: () => Float64Array<ArrayBuffer>;
  /** The calls of the step. */
  readonly executable: Executable;
  /** What they run with. */
  readonly slots: SlotValues;
  /** What the step came to, once it has run. */
  readonly metrics: () => BatchMetrics;
}

/** A network that can be trained, evaluated, saved and restored. */
export interface Network {
  /** Name of the method. */
  readonly method: string;
  /** What the network is. */
  readonly plan: Plan;
  /** Largest batch that {@linkcode Network.trainStep} takes. */
  readonly batch: number;
  /** Forward, backward and update on one batch of 1 to `batch` images. */
  trainStep(batch: Batch, position: Position): BatchMetrics;
  /**
   * Loads a batch for {@linkcode Network.trainStep}, which runs it.
   *
   * @internal
   */
  prepareStep(batch: Batch, position: Position): PreparedStep;
  /**
   * The same step, counted; absent where a method has no integers to count. Processes that share a batch count what the
   * whole of it came to; metrics are those of this one's part, as ever.
   */
  traceStep?(batch: Batch, position: Position, shared?: SharedBatch): TracedStep;
  /** Forward alone, with the statistics of inference: of any count, each image as if it were alone. */
  evaluate(batch: Batch): BatchMetrics;
  /**
   * What {@linkcode Network.evaluate} compares: a logit for each class of each of `count` images in turn, in nats. Those
   * of an image follow from that image and the network alone.
   *
   * @throws {RangeError} where there are fewer images.
   */
  predict(images: Uint8Array, count: number): Float64Array<ArrayBuffer>;
  /** Whether a training step on one image computes, on its way forward, what {@linkcode Network.predict} does. */
  readonly stepPredicts: boolean;
  /**
   * The forward pass of a training step, from whose statistics the running ones are moved, and no more; absent where
   * a method has no statistics.
   */
  settle?(batch: Batch, step: number): void;
  /** All state that training goes on from, in a fixed order. */
  state(): StateEntry[];
  /**
   * Restores what {@linkcode Network.state} gave.
   * @throws {RangeError} naming the entry that is missing, unknown, or of another type or shape.
   */
  restore(entries: readonly StateEntry[]): void;
  /**
   * Takes the weights that {@linkcode Network.state} gave of a network of the same method and model, whose images and
   * classes may be others. All else stays: momentum is that of a new network, zero.
   *
   * @param keepClassifier whether the classifier's are among them; else they stay, too, as a new network has them.
   * @throws {RangeError} naming the entry that is missing, unknown, or of another type or shape.
   */
  adopt(entries: readonly StateEntry[], keepClassifier: boolean): void;
  /** Bytes that a training step holds. */
  bytes(): ByteCounts;
  /**
   * The calls for a batch of `count` images that are not mixed, be there room for it or not.
   *
   * @internal
   */
  programs(count: number): NetworkPrograms;
  /** Frees the native memory; the network cannot be used afterwards. */
  close(): void;
}
