/**
 * A trained network to use: it classifies images, goes on learning from them
 * one at a time or in batches, and is kept as a checkpoint.
 *
 * @module
 */

import { DivergedError, RunError, UserError } from "../errors.ts";
import { imageBytes } from "../exec/batch.ts";
import { type Batch, type ByteCounts, FULL_RATE, type Network, WHOLE_SHARE } from "../exec/network.ts";
import type { Kernels } from "../native/kernels.ts";
import { buildPlan } from "../plan/models.ts";
import type { ImageShape, Plan } from "../plan/plan.ts";
import type { Trained } from "../plan/trained.ts";
import type { Checkpoint } from "../train/checkpoint.ts";
import { loadCheckpoint, saveCheckpoint } from "../train/checkpoint_files.ts";
import { budget, type RunConfig } from "../train/config.ts";
import { checkLearningRate, scaled } from "../train/loop.ts";
import { networkOf, restoreNetwork } from "../train/restore.ts";
import { rateAt } from "../train/schedule.ts";
import { weightsSha256 } from "../train/weights_hash.ts";
import { factsOf } from "./facts.ts";
import { type Prediction, predictionsOf } from "./prediction.ts";

/** How {@linkcode Model.open} opens a checkpoint. */
export interface ModelOptions {
  /** Images that {@linkcode Model.learn} takes at most; 1 if absent. The method's learning rate is that of such batches. */
  readonly batch?: number;
  /**
   * Factor on the method's own learning rate, which stays. If absent, learning goes on at the rate at which the run
   * of the checkpoint stands: late in a cosine schedule, that is next to nothing.
   */
  readonly learningRate?: number;
  /** Whether bn-fp32 learns with its running statistics, which then stay; other methods take no notice. */
  readonly runningStatistics?: boolean;
  /** Layers that {@linkcode Model.learn} trains; those of the run if absent. Momentum starts at 0 where they are others. */
  readonly train?: Trained;
}

/**
 * A trained network.
 *
 * @example
 * ```ts ignore
 * import { loadDataset, Model, openLibrary } from "./mod.ts";
 *
 * const { test } = await loadDataset("mnist");
 * using library = await openLibrary();
 * using model = await Model.open(library, "results/eoq.checkpoint", { learningRate: 0.25 });
 * const [prediction] = model.predict(test.image(0));
 * console.log(prediction?.name, prediction?.probabilities);
 * model.learn(test.image(0), test.labels[0]!);
 * await model.save("results/learnt.checkpoint");
 * ```
 */
export class Model implements Disposable {
  /** Names of the classes, in the order of the labels; their numbers where the data had no names. */
  readonly classes: readonly string[];
  /** Of every image: NHWC, one byte a channel. */
  readonly shape: ImageShape;
  /** What fixed the run that trained it, see {@linkcode RunConfig.method} and the rest. */
  readonly config: RunConfig;
  readonly #checkpoint: Checkpoint;
  /** Absent once it is closed. */
  #opened: Network | undefined;
  /** Learning rate of every step, in steps of 2^-16 of the method's own. */
  readonly rate: number;
  #learnt: { steps: number; images: number };

  private constructor(checkpoint: Checkpoint, network: Network, classes: readonly string[], rate: number) {
    this.#checkpoint = checkpoint;
    this.#opened = network;
    this.rate = rate;
    this.#learnt = checkpoint.learnt ?? { steps: 0, images: 0 };
    this.classes = classes;
    this.shape = network.plan;
    this.config = checkpoint.config;
  }

  /**
   * Opens a checkpoint of `eoq train`, or of {@linkcode Model.save}.
   *
   * @param library Stays open as long as the model.
   * @throws {UserError} naming the file and what is wrong with it.
   * @throws {RangeError} for a learning rate that is none.
   * @throws {RunError} when memory is short.
   */
  static async open(library: Kernels, path: string, options: ModelOptions = {}): Promise<Model> {
    return Model.of(library, await loadCheckpoint(path), path, options);
  }

  /**
   * The model of a checkpoint that is read.
   *
   * @param path What errors call it.
   * @throws as {@linkcode Model.open}.
   */
  static of(library: Kernels, checkpoint: Checkpoint, path: string, options: ModelOptions = {}): Model {
    const { state } = checkpoint, { shape, classes } = factsOf(checkpoint, path);
    const { batch = 1, learningRate, runningStatistics = false } = options;
    if (learningRate !== undefined) checkLearningRate(learningRate);
    const trained = checkpoint.config.train ?? "all", { train = trained } = options;
    const config = train === trained ? checkpoint.config : { ...checkpoint.config, train };
    const plan = planOf(config.model, shape, path);
    const network = made(() => networkOf(config, { library, plan, batch, runningStatistics }), path);
    try {
      if (train === trained) restoreNetwork(network, checkpoint, path);
      else network.adopt(checkpoint.entries, true);
    } catch (error) {
      network.close();
      throw error;
    }
    const reached = rateAt(config.schedule, Math.max(0, state.images - 1), budget(config));
    const rate = learningRate === undefined ? scaled(reached, config.learningRate) : scaled(FULL_RATE, learningRate);
    return new Model({ ...checkpoint, config }, network, classes, rate);
  }

  /** The method that trained it. */
  get method(): RunConfig["method"] {
    return this.config.method;
  }

  /** Training steps that {@linkcode Model.learn} has taken, and their images, since the run that trained it. */
  get learnt(): { readonly steps: number; readonly images: number } {
    return { ...this.#learnt };
  }

  /** SHA-256 of the weights as they are now. */
  weightsSha256(): Promise<string> {
    return weightsSha256(this.#network.state());
  }

  /**
   * What the network says of each image: always the same of an image, whatever stands beside it.
   *
   * @param images NHWC bytes of one image, or of several in turn.
   * @throws {RangeError} when they are no whole number of images.
   */
  predict(images: Uint8Array): Prediction[] {
    return predictionsOf(this.#network.predict(images, this.#count(images)), this.classes);
  }

  /**
   * Takes one training step on the images, which are not varied, by the recipe of the run that trained it.
   *
   * @param images As in {@linkcode Model.predict}, no more than {@linkcode ModelOptions.batch}.
   * @param labels The class of each.
   * @returns What {@linkcode Model.predict} would have said of them before.
   * @throws {RangeError} for images or labels that there are not.
   * @throws {DivergedError} when the loss is no longer a finite number.
   */
  learn(images: Uint8Array, labels: number | ArrayLike<number>): Prediction[] {
    const count = this.#count(images), smoothing = Math.round(this.config.smoothing * WHOLE_SHARE);
    const batch = { images, labels: this.#checked(labels, count), count, ...smoothing > 0 && { smoothing } };
    const predictions = this.#step(batch);
    this.#learnt = { steps: this.#learnt.steps + 1, images: this.#learnt.images + count };
    return predictions;
  }

  get #network(): Network {
    if (this.#opened === undefined) throw new RunError("the model is closed");
    return this.#opened;
  }

  #step(batch: Batch): Prediction[] {
    const network = this.#network,
      position = { step: this.#checkpoint.state.step + this.#learnt.steps, rate: this.rate };
    const { count, images } = batch;
    // The step goes forward anyway: where that is a prediction, no other is made.
    const shared = count === 1 && network.stepPredicts;
    const apart = shared ? undefined : network.predict(images, count);
    const { executable, slots, forward, logits, metrics } = network.prepareStep(batch, position);
    executable.run(slots, 0, forward);
    const predictions = predictionsOf(apart ?? logits(), this.classes);
    executable.run(slots, forward);
    const { lossSum } = metrics();
    if (!Number.isFinite(lossSum)) throw new DivergedError(`${this.method} diverged: the loss is ${lossSum}`);
    return predictions;
  }

  /**
   * Writes a checkpoint with the weights as they are, which `eval`, `predict` and {@linkcode Model.open} read.
   *
   * @throws {UserError | RunError} naming the file when it cannot be written.
   */
  async save(path: string): Promise<void> {
    await saveCheckpoint(path, this.checkpoint());
  }

  /** What {@linkcode Model.save} writes. */
  checkpoint(): Checkpoint {
    const { config, state, data, sums } = this.#checkpoint;
    const learnt = this.#learnt.steps > 0;
    return {
      ...{ config, state, data, entries: this.#network.state() },
      // Averages are of weights before what was learnt.
      ...learnt ? { learnt: this.learnt } : { sums },
    };
  }

  /** Bytes that a training step holds. */
  bytes(): ByteCounts {
    return this.#network.bytes();
  }

  /** Frees the native memory; the model cannot be used afterwards. */
  close(): void {
    this.#opened?.close();
    this.#opened = undefined;
  }

  /** Closes it at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }

  #count({ length }: Uint8Array): number {
    const bytes = imageBytes(this.#network.plan), { height, width, channels } = this.shape;
    if (length === 0 || length % bytes !== 0) {
      throw new RangeError(`images: ${length} bytes are no images of ${height}x${width}x${channels}`);
    }
    return length / bytes;
  }

  #checked(labels: number | ArrayLike<number>, count: number): Int16Array {
    const all = typeof labels === "number" ? [labels] : Array.from(labels), { length } = this.classes;
    if (all.length !== count) throw new RangeError(`labels: ${all.length} for ${count} images`);
    const wrong = all.find((label) => !Number.isInteger(label) || label < 0 || label >= length);
    if (wrong !== undefined) throw new RangeError(`labels: ${wrong} is not in 0..${length - 1}`);
    return Int16Array.from(all);
  }
}

function planOf(model: string, shape: ImageShape & { readonly classes: number }, path: string): Plan {
  return made(() => buildPlan(model, shape), path);
}

/** @throws {UserError} naming the file where what it says cannot be made. */
function made<T>(make: () => T, path: string): T {
  try {
    return make();
  } catch (error) {
    throw error instanceof RangeError ? new UserError(`${path}: ${error.message}`) : error;
  }
}
