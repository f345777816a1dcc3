/**
 * The distribution of an activation behind a ReLU: an atom at zero and a
 * density above it, kept as the masses of equal bins.
 *
 * A residual block without a last scale turns x into relu(x + b); with b
 * normal and independent of x that is one step of a random walk that is held
 * at zero.
 *
 * @module
 */

import { normalCumulative, normalDensity } from "./normal.ts";

const BINS = 200;
/** Root mean squares that the bins reach up to; the last takes what lies above. */
const REACH = 8;

/** The distribution of a number that is never negative. */
export class Rectified {
  /** Probability of zero. */
  readonly zero: number;
  readonly #width: number;
  readonly #masses: Float64Array;

  private constructor(zero: number, width: number, masses: Float64Array) {
    this.zero = zero;
    this.#width = width;
    this.#masses = masses;
  }

  /** Always zero. */
  static nothing(): Rectified {
    return new Rectified(1, 0, new Float64Array(0));
  }

  /** Mean. */
  get mean(): number {
    return this.#masses.reduce((sum, mass, i) => sum + mass * this.#center(i), 0);
  }

  /** Mean of the square. */
  get power(): number {
    return this.#masses.reduce((sum, mass, i) => sum + mass * this.#center(i) ** 2, 0);
  }

  /** That of relu(x + b) for a normal b of mean zero. */
  plusNormal(sigma: number): Rectified {
    if (sigma === 0) return this;
    const points = [{ x: 0, mass: this.zero }, ...[...this.#masses].map((mass, i) => ({ x: this.#center(i), mass }))];
    const power = points.reduce((sum, { x, mass }) => {
      const z = x / sigma;
      return sum + mass * ((x * x + sigma * sigma) * normalCumulative(z) + x * sigma * normalDensity(z));
    }, 0);
    const width = REACH * Math.sqrt(power) / BINS;
    const masses = new Float64Array(BINS);
    let zero = 0;
    for (const { x, mass } of points) {
      let below = normalCumulative(-x / sigma);
      zero += mass * below;
      for (let i = 0; i < BINS; i++) {
        const upTo = i === BINS - 1 ? 1 : normalCumulative(((i + 1) * width - x) / sigma);
        masses[i]! += mass * (upTo - below);
        below = upTo;
      }
    }
    return new Rectified(zero, width, masses);
  }

  #center(bin: number): number {
    return (bin + 0.5) * this.#width;
  }
}
