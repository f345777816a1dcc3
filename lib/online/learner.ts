/**
 * A network that predicts each image of a stream and then learns from it.
 *
 * @module
 */

import { imageBytes } from "../data/dataset.ts";
import { DivergedError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import type { Prediction } from "../model/prediction.ts";
import type { OnlineConfig, OnlineState, Skipped } from "../train/online_state.ts";
import { Prequential } from "./prequential.ts";
import { type Fault, type LabelledImage, NO_ENTRIES } from "./stream.ts";

/** What a learner needs of a model. */
export type Student = Pick<Model, "shape" | "learn" | "learnt">;

/** What a learner is made of. */
export interface LearnerOptions<M extends Student = Student> {
  /** It has room for batches of `config.batch`. */
  readonly model: M;
  readonly config: OnlineConfig;
  /** Where it stood; its model must be that of this moment. */
  readonly state?: OnlineState | undefined;
}

/**
 * Takes the entries of a stream in order. With batch N it waits for N images,
 * predicts each of them as inference does, and then takes one step with all:
 * nothing is learnt from an image before it was predicted.
 */
export class Learner<M extends Student = Student> {
  readonly model: M;
  readonly config: OnlineConfig;
  readonly #outcomes: Prequential;
  readonly #imageBytes: number;
  readonly #images: Uint8Array<ArrayBuffer>;
  readonly #labels: Int16Array<ArrayBuffer>;
  #seconds: number;
  #diverged = false;
  /** Images that wait for their step. */
  #waiting = 0;
  /** Where it stood after its last step, and where the stream stands. */
  #settled: Place;
  #ahead: Place;

  constructor({ model, config, state }: LearnerOptions<M>) {
    this.model = model;
    this.config = config;
    this.#imageBytes = imageBytes(model.shape);
    this.#images = new Uint8Array(config.batch * this.#imageBytes);
    this.#labels = new Int16Array(config.batch);
    this.#outcomes = new Prequential(state?.outcomes);
    this.#seconds = state?.seconds ?? 0;
    const { entries, digest, skipped } = state ??
      { entries: 0, digest: NO_ENTRIES, skipped: { broken: 0, unknown: 0 } };
    this.#settled = this.#ahead = { entries, digest, skipped };
  }

  /** Entries of the stream that it has taken, those that wait for their step among them. */
  get entries(): number {
    return this.#ahead.entries;
  }

  /** What tells these entries from others. */
  get digest(): string {
    return this.#ahead.digest;
  }

  /** Whether its loss was no number: it is past learning. */
  get diverged(): boolean {
    return this.#diverged;
  }

  /** Its predictions. */
  get outcomes(): Prequential {
    return this.#outcomes;
  }

  /**
   * Takes the next entry.
   *
   * @param digest That of all entries up to this one.
   * @throws {DivergedError} when training diverges.
   */
  take(item: LabelledImage | Fault, digest: string): void {
    const { entries, skipped } = this.#ahead;
    const isFault = "kind" in item;
    this.#ahead = {
      entries: entries + 1,
      digest,
      skipped: isFault ? { ...skipped, [item.kind]: skipped[item.kind] + 1 } : skipped,
    };
    if (!isFault) this.#wait(item);
    // A step is over where nothing waits: what is skipped behind it belongs to it.
    if (this.#waiting === 0 || this.#waiting === this.config.batch) this.finish();
  }

  #wait({ pixels, label }: LabelledImage): void {
    this.#images.set(pixels, this.#waiting * this.#imageBytes);
    this.#labels[this.#waiting++] = label;
  }

  /** Takes the step of the images that wait, however few they are: the stream has ended. */
  finish(): void {
    if (this.#waiting > 0) this.#step(this.#waiting);
    this.#waiting = 0;
    this.#settled = this.#ahead;
  }

  #step(count: number): void {
    const started = performance.now();
    const labels = this.#labels.subarray(0, count);
    const predictions = this.#learn(this.#images.subarray(0, count * this.#imageBytes), labels);
    this.#seconds += (performance.now() - started) / 1000;
    predictions.forEach(({ label }, i) => this.#outcomes.add(label === labels[i]));
  }

  #learn(images: Uint8Array, labels: Int16Array): readonly Pick<Prediction, "label">[] {
    try {
      return this.model.learn(images, labels);
    } catch (error) {
      this.#diverged = error instanceof DivergedError;
      throw error;
    }
  }

  /** Where it stands after its last step; images that wait come again. */
  state(): OnlineState {
    const { config } = this;
    return { config, ...this.#settled, seconds: this.#seconds, outcomes: this.#outcomes.state() };
  }
}

/** A place in a stream. */
interface Place {
  readonly entries: number;
  readonly digest: string;
  readonly skipped: Skipped;
}
