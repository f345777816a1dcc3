/**
 * A network that predicts each image of a stream and then learns from it.
 *
 * @module
 */

import { RunError } from "../errors.ts";
import { type Network, WHOLE_SHARE } from "../exec/network.ts";
import { imageBytes } from "../data/dataset.ts";
import type { OnlineConfig, OnlineState, Skipped } from "../train/online_state.ts";
import { Prequential } from "./prequential.ts";
import { type Fault, type LabelledImage, NO_ENTRIES } from "./stream.ts";

/** What a learner is made of. */
export interface LearnerOptions {
  /** It has room for batches of `config.batch`. */
  readonly network: Network;
  readonly config: OnlineConfig;
  /** Steps since the initial weights before the stream. */
  readonly step: number;
  /** How much of each label is spread over all classes; that of its run. */
  readonly smoothing: number;
  /** Where it stood; its network must hold the weights of that moment. */
  readonly state?: OnlineState | undefined;
}

/**
 * Takes the entries of a stream in order. With batch N it waits for N images,
 * predicts each of them as inference does, and then takes one step with all:
 * nothing is learnt from an image before it was predicted.
 */
export class Learner {
  readonly network: Network;
  readonly config: OnlineConfig;
  readonly #smoothing: number;
  readonly #outcomes: Prequential;
  readonly #images: Uint8Array<ArrayBuffer>;
  readonly #labels: Int16Array<ArrayBuffer>;
  #step: number;
  #seconds: number;
  /** Images that wait for their step. */
  #waiting = 0;
  /** Where it stood after its last step. */
  #entries: number;
  #digest: string;
  #skipped: Skipped;
  /** Where the stream stands. */
  #ahead: Pick<OnlineState, "entries" | "digest" | "skipped">;

  constructor({ network, config, step, smoothing, state }: LearnerOptions) {
    this.network = network;
    this.config = config;
    this.#smoothing = Math.round(smoothing * WHOLE_SHARE);
    this.#images = new Uint8Array(config.batch * imageBytes(network.plan));
    this.#labels = new Int16Array(config.batch);
    this.#outcomes = new Prequential(state?.outcomes);
    this.#step = state?.step ?? step;
    this.#seconds = state?.seconds ?? 0;
    this.#entries = state?.entries ?? 0;
    this.#digest = state?.digest ?? NO_ENTRIES;
    this.#skipped = state?.skipped ?? { broken: 0, unknown: 0 };
    this.#ahead = { entries: this.#entries, digest: this.#digest, skipped: this.#skipped };
  }

  /** Entries of the stream that it has taken, those that wait for their step among them. */
  get entries(): number {
    return this.#ahead.entries;
  }

  /** What tells these entries from others. */
  get digest(): string {
    return this.#ahead.digest;
  }

  /** Steps since the initial weights. */
  get steps(): number {
    return this.#step;
  }

  /** Its predictions. */
  get outcomes(): Prequential {
    return this.#outcomes;
  }

  /** Takes the next entry. @param digest that of all entries up to this one. @throws {RunError} when training diverges. */
  take(item: LabelledImage | Fault, digest: string): void {
    const { entries, skipped } = this.#ahead;
    const isFault = "kind" in item;
    this.#ahead = {
      entries: entries + 1,
      digest,
      skipped: isFault ? { ...skipped, [item.kind]: skipped[item.kind] + 1 } : skipped,
    };
    if (!isFault) this.#wait(item);
    // A step is over where nothing waits: what was skipped behind it belongs to it.
    if (this.#waiting === this.config.batch) this.finish();
    else if (this.#waiting === 0) this.#settle();
  }

  #wait({ pixels, label }: LabelledImage): void {
    this.#images.set(pixels, this.#waiting * imageBytes(this.network.plan));
    this.#labels[this.#waiting++] = label;
  }

  /** Takes the step of the images that wait, however few they are: the stream has ended. */
  finish(): void {
    const count = this.#waiting;
    if (count === 0) return this.#settle();
    const started = performance.now();
    for (let i = 0; i < count; i++) this.#outcomes.add(this.#predict(i));
    const batch = { images: this.#images, labels: this.#labels, count, smoothing: this.#smoothing };
    const { lossSum } = this.network.trainStep(batch, { step: this.#step, rate: this.config.rate });
    this.#seconds += (performance.now() - started) / 1000;
    if (!Number.isFinite(lossSum)) {
      throw new RunError(`${this.network.method} diverged: the loss is ${lossSum} at image ${this.#outcomes.images}`);
    }
    this.#step++;
    this.#waiting = 0;
    this.#settle();
  }

  #settle(): void {
    ({ entries: this.#entries, digest: this.#digest, skipped: this.#skipped } = this.#ahead);
  }

  /** Whether inference finds the class of an image that waits. */
  #predict(i: number): boolean {
    const bytes = imageBytes(this.network.plan);
    const images = this.#images.subarray(i * bytes, (i + 1) * bytes);
    return this.network.evaluate({ images, labels: this.#labels.subarray(i, i + 1), count: 1 }).correct === 1;
  }

  /** Where it stands after its last step; images that wait come again. */
  state(): OnlineState {
    return {
      config: this.config,
      step: this.#step,
      entries: this.#entries,
      digest: this.#digest,
      skipped: this.#skipped,
      seconds: this.#seconds,
      outcomes: this.#outcomes.state(),
    };
  }
}
