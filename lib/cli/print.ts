/**
 * What a command prints for people.
 *
 * @module
 */

import { outputWidth } from "../terminal/terminal.ts";
import { wrapLines } from "../terminal/wrap.ts";

/** Prints a text on stdout; on a terminal no line of it is wider than that where words allow it. */
export function print(text: string): void {
  console.log(wrapLines(text, outputWidth()));
}
