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
  console.error(wrapLines(`eoq: warning: ${visible(text)}`, stderrTerminal()?.width() ?? Infinity));
}
