/**
 * What a command says beside its result.
 *
 * @module
 */

import { visible } from "../terminal/escape.ts";
import { stderrTerminal } from "../terminal/terminal.ts";
import { wrapLines } from "../terminal/wrap.ts";

/** Warns on stderr, in a line, which a terminal breaks between words. */
export function warn(text: string): void {
  note(`warning: ${text}`);
}

/** Says on stderr what is to be known of a run, in a line, which a terminal breaks between words. */
export function note(text: string): void {
  console.error(wrapLines(`eoq: ${visible(text)}`, stderrTerminal()?.width() ?? Infinity));
}
