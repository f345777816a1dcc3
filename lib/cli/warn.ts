/**
 * What a command says beside its result.
 *
 * @module
 */

/** Warns on stderr, in a line. */
export function warn(text: string): void {
  console.error(`eoq: warning: ${text}`);
}
