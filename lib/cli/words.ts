/**
 * Words that the user types out of a known list.
 *
 * @module
 */

import { unknownWord } from "../words.ts";

/** Returns the word if it is in the list. @throws {UserError} naming it and the nearest valid word. */
export function oneOf<T extends string>(kind: string, word: string, known: readonly T[]): T {
  const found = known.find((candidate) => candidate === word);
  if (found === undefined) throw unknownWord(kind, word, known);
  return found;
}
