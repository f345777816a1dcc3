/**
 * Command lines as people type them.
 *
 * @module
 */

/** A command line that a shell takes apart again into the same words. */
export function commandLine(words: readonly string[]): string {
  return words.map((word) => /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}
