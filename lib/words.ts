/**
 * Words that must be of a known list.
 *
 * @module
 */

import { levenshteinDistance } from "@std/text/levenshtein-distance";
import { UserError } from "./errors.ts";

/** The valid word that a misspelt one was probably meant to be. */
function nearest(word: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((candidate) => ({ candidate, distance: levenshteinDistance(word, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= Math.max(2, word.length / 3) ? best.candidate : undefined;
}

/** The error for a word that is not in its list: names it, the nearest valid one and where the others are. */
export function unknownWord(
  kind: string,
  word: string,
  known: readonly string[],
  others = `known: ${known.join(", ")}`,
): UserError {
  const meant = nearest(word, known);
  const hint = meant === undefined ? "" : ` (did you mean ${meant}?)`;
  return new UserError(`unknown ${kind} "${word}"${hint}; ${others}`);
}

/** Returns the word if it is in the list. @throws {UserError} naming it and the nearest valid word. */
export function oneOf<T extends string>(kind: string, word: string, known: readonly T[]): T {
  const found = known.find((candidate) => candidate === word);
  if (found === undefined) throw unknownWord(kind, word, known);
  return found;
}
