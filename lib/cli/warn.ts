/**
 * What a command says beside its result.
 *
 * @module
 */

import { launchOf } from "../package/launch.ts";
import { visible } from "../terminal/escape.ts";
import { stderrTerminal } from "../terminal/terminal.ts";
import { wrapLines } from "../terminal/wrap.ts";

/** Warns on stderr, in a line, which a terminal breaks between words; of processes that were started together the first does. */
export function warn(text: string): void {
  note(`warning: ${text}`);
}

/** Says on stderr what is to be known of a run, in a line, which a terminal breaks between words; the first process alone. */
export function note(text: string): void {
  if ((launchOf()?.rank ?? 0) > 0) return;
  say(wrapLines(`eoq: ${visible(text)}`, stderrTerminal()?.width() ?? Infinity));
}

/** Writes a line to stderr. Where that is full or gone, what is said is lost and nothing else: the run goes on. */
export function say(line: string): void {
  try {
    console.error(line);
  } catch {
    // There is nowhere left to say so.
  }
}
