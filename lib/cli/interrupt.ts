/**
 * Ctrl-C during a run: the step in hand is finished and the checkpoint
 * written; whoever presses it again wants out at once.
 *
 * @module
 */

import { EXIT } from "./exit_codes.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Milliseconds within which a second signal is the echo of the first: a task runner passes on what the terminal sent too. */
const ECHO = 500;

/** Turns SIGINT and SIGTERM into an abort signal for as long as it is not disposed. */
export class Interrupt {
  readonly #controller = new AbortController();
  #first = 0;
  readonly #listener = () => {
    if (!this.#controller.signal.aborted) {
      this.#first = performance.now();
      this.#controller.abort();
    } else if (performance.now() - this.#first > ECHO) Deno.exit(EXIT.failed);
  };

  constructor() {
    for (const name of SIGNALS) Deno.addSignalListener(name, this.#listener);
  }

  /** Aborted by the first SIGINT or SIGTERM. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    for (const name of SIGNALS) Deno.removeSignalListener(name, this.#listener);
  }
}
