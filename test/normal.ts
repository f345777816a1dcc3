/** Random numbers of a unit normal law, for simulations. */

import type { RandomStream } from "../lib/random.ts";

/** The next number at each call (Box and Muller). */
export function normal(random: RandomStream): () => number {
  const uniform = () => (random.next() + 0.5) / 2 ** 32;
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
