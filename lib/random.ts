/**
 * Random integers for the order of images, from a counter and a key: no state
 * to save, so a resumed run draws what an unbroken one would have drawn.
 *
 * @module
 */

/** Wellons' `lowbias32` (hash-prospector): a bijection of 32-bit integers with low avalanche bias. */
export function mix32(value: number): number {
  value = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  value = Math.imul(value ^ (value >>> 15), 0x846ca68b);
  return (value ^ (value >>> 16)) >>> 0;
}

/** A stream of unsigned 32-bit integers that is fixed by two others. */
export class RandomStream {
  readonly #inner: number;
  readonly #outer: number;
  #counter = 0;

  constructor(seed: number, stream: number) {
    this.#inner = mix32(seed ^ 0x9e3779b9);
    this.#outer = mix32(mix32(stream ^ 0x85ebca6b) ^ this.#inner);
  }

  /** The next integer, 0 to 2^32 - 1. */
  next(): number {
    return mix32(mix32(this.#counter++ ^ this.#inner) ^ this.#outer);
  }

  /** An integer from 0 to `bound` - 1, each equally likely: draws past the last whole multiple are rejected. */
  below(bound: number): number {
    const limit = 2 ** 32 - 2 ** 32 % bound;
    let drawn = this.next();
    while (drawn >= limit) drawn = this.next();
    return drawn % bound;
  }
}
