/**
 * Lets signals and timers run between the synchronous steps of a network.
 *
 * @module
 */

/** Milliseconds of steps between two turns of the event loop: below what a person notices after Ctrl-C. */
const INTERVAL = 50;

/** Gives way to the event loop, but seldom enough to cost nothing at batch 1. */
export class Pause {
  #last = performance.now();

  /** Call between steps. */
  async between(): Promise<void> {
    if (performance.now() - this.#last < INTERVAL) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#last = performance.now();
  }
}
