/**
 * What a command says beside its result.
 *
 * @module
 */

import { visible } from "../terminal/escape.ts";

/** Warns on stderr, in a line. */
export function warn(text: string): void {
  console.error(`eoq: warning: ${visible(text)}`);
}
