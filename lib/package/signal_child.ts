/**
 * Signals to processes that may have ended by themselves.
 *
 * @module
 */

/** Sends a process a signal; one that has ended a moment before, which Deno refuses with a TypeError, needs none. */
export function signalChild(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}
