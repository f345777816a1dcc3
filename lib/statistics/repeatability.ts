/**
 * How far two measurements of the same thing lie apart by themselves.
 *
 * @module
 */

import { summarise } from "./spread.ts";

/** Measurements of everything, one after the other. */
export const PASSES = 5;

/** Student's t for {@linkcode PASSES} - 1 degrees of freedom, 97.5 %. Subjects share slow spells, so they add no degrees. */
const T = 2.776;

/**
 * The fraction by which a second measurement is below a first of the same
 * thing in no more than 2.5 % of cases, from {@linkcode PASSES} measurements of
 * each of several subjects: the smallest loss that tells from noise.
 */
export function smallestChange(subjects: readonly (readonly number[])[]): number {
  const variances = subjects.map((values) => summarise(values.map(Math.log)).deviation! ** 2);
  // Two measurements differ by both their errors.
  return 1 - Math.exp(-T * Math.sqrt(2 * summarise(variances).mean));
}
