/**
 * Prequential accuracy: each image is a test before it is a lesson (Dawid,
 * J. R. Stat. Soc. A 147, 1984), over all images and over windows of the last
 * ones, which forget the beginning (Gama et al., Machine Learning 90, 2013).
 *
 * @module
 */

import { type CurvePoint, type PrequentialState, type RunningAccuracy, WINDOW } from "../train/online_state.ts";

/** Images between the first points of a curve. */
const FIRST_INTERVAL = 100;

/** Points of a curve at most: a stream has no end, and a checkpoint must not grow with it. */
const MOST_POINTS = 1000;

/** The short one of the windows. */
const SHORT_WINDOW = 100;

/** The outcomes of predictions, one after the other. */
export class Prequential {
  #images: number;
  #correct: number;
  #every: number;
  #curve: CurvePoint[];
  /** Outcomes by the number of their image, modulo the window. */
  readonly #recent = new Uint8Array(WINDOW);

  /** @param state What an earlier part of the stream came to. */
  constructor(state?: PrequentialState) {
    const { images, correct, recent, every, curve } = state ??
      { images: 0, correct: 0, recent: "", every: FIRST_INTERVAL, curve: [] };
    this.#images = images;
    this.#correct = correct;
    this.#every = every;
    this.#curve = [...curve];
    for (let i = 0; i < recent.length; i++) this.#recent[(images - recent.length + i) % WINDOW] = Number(recent[i]);
  }

  /** Images so far. */
  get images(): number {
    return this.#images;
  }

  /** Records whether the class of the next image was found. */
  add(found: boolean): void {
    this.#recent[this.#images % WINDOW] = Number(found);
    this.#images++;
    this.#correct += Number(found);
    if (this.#images % this.#every !== 0) return;
    this.#curve.push({ images: this.#images, ...this.accuracy });
    if (this.#curve.length > MOST_POINTS) {
      this.#every *= 2;
      this.#curve = this.#curve.filter(({ images }) => images % this.#every === 0);
    }
  }

  /** Where it stands; all 0 before the first image. */
  get accuracy(): RunningAccuracy {
    return {
      accuracy: this.#images === 0 ? 0 : this.#correct / this.#images,
      last100: this.#last(SHORT_WINDOW),
      last1000: this.#last(WINDOW),
    };
  }

  /** Points at even distances, and one where it stands. */
  get curve(): readonly CurvePoint[] {
    const ends = this.#images === 0 || this.#curve.at(-1)?.images === this.#images;
    return ends ? [...this.#curve] : [...this.#curve, { images: this.#images, ...this.accuracy }];
  }

  /** What another one goes on from. */
  state(): PrequentialState {
    const kept = Math.min(this.#images, WINDOW);
    const recent = Array.from({ length: kept }, (_, i) => this.#recent[(this.#images - kept + i) % WINDOW]).join("");
    return { images: this.#images, correct: this.#correct, recent, every: this.#every, curve: [...this.#curve] };
  }

  #last(window: number): number {
    const count = Math.min(this.#images, window);
    let found = 0;
    for (let i = 1; i <= count; i++) found += this.#recent[(this.#images - i) % WINDOW]!;
    return count === 0 ? 0 : found / count;
  }
}
