/**
 * Ctrl-C during a run, a scheduler's end of time or a terminal that closes: the
 * step in hand is finished and the checkpoint written; whoever presses Ctrl-C
 * again wants out at once.
 *
 * @module
 */

import { EXIT } from "./exit_codes.ts";

/** Signals that ask a program to end. SIGHUP comes when a window closes or a connection breaks. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Number of SIGHUP, and of the handler that ignores a signal. */
const SIGHUP = 1, SIG_IGN = 1n;

/** Whether the program was started to outlive its terminal, as by nohup; where nobody can tell, it was not. */
function outlivesTerminal(): boolean {
  const name = Deno.build.os === "darwin" ? "libSystem.B.dylib" : "libc.so.6";
  try {
    const libc = Deno.dlopen(name, { sigaction: { parameters: ["i32", "pointer", "buffer"], result: "i32" } });
    // The handler is the first word of struct sigaction, which has fewer than 256 bytes everywhere.
    const action = new BigUint64Array(32);
    const status = libc.symbols.sigaction(SIGHUP, null, action);
    libc.close();
    return status === 0 && action[0] === SIG_IGN;
  } catch {
    return false;
  }
}

/** Milliseconds within which a second signal is the echo of the first: a task runner passes on what the terminal sent too. */
const ECHO = 500;

/** Turns the signals into an abort signal for as long as it is not disposed. */
export class Interrupt {
  readonly #controller = new AbortController();
  // Asked before any listener is there: Deno itself takes SIGHUP, ignored or not, with the first of them.
  readonly #outlives = outlivesTerminal();
  #first = 0;
  readonly #hangup = () => {
    if (!this.#outlives) this.#listener();
  };
  readonly #listener = () => {
    if (!this.#controller.signal.aborted) {
      this.#first = performance.now();
      this.#controller.abort();
    } else if (performance.now() - this.#first > ECHO) Deno.exit(EXIT.failed);
  };

  constructor() {
    for (const name of SIGNALS) Deno.addSignalListener(name, this.#handlerOf(name));
  }

  /** Aborted by the first of the signals. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    for (const name of SIGNALS) Deno.removeSignalListener(name, this.#handlerOf(name));
  }

  #handlerOf(name: typeof SIGNALS[number]): () => void {
    return name === "SIGHUP" ? this.#hangup : this.#listener;
  }
}
