/**
 * What of the EOQ recipe (arXiv 2105.13890) can be changed, with its defaults.
 *
 * @module
 */

/** Bits in which a weight can be stored. */
export const WEIGHT_BITS = [8, 16, 24] as const;

/** The widths and policies of a training step. */
export interface EoqRecipe {
  /** Bits in which weights are stored; a step always computes with the top 8. 8 is the strict full-int8 mode. */
  readonly weightBits: typeof WEIGHT_BITS[number];
}

/** The recipe as published: strictly int8. */
export const EOQ_RECIPE: EoqRecipe = { weightBits: 8 };

/**
 * How bytes of images become numbers, in every method: `half` is floor(byte / 2) in
 * steps of 1/64, whose black is the zero of the padding; `centered` is
 * byte - 128 in the same steps, twice as fine and of mean near zero.
 */
export const INPUT_ENCODINGS = ["half", "centered"] as const;

/** Name of an input encoding. */
export type InputEncoding = typeof INPUT_ENCODINGS[number];

/** What an encoding takes off a byte: the `offset` of the kernels. */
export function inputOffset(encoding: InputEncoding): number {
  return encoding === "half" ? 0 : 128;
}
