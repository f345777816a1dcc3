/**
 * The terminal that a command talks to.
 *
 * @module
 */

/** Columns of the console; 80 where it does not know its own size. */
function consoleWidth(): number {
  return Deno.consoleSize().columns || 80;
}

/** Columns that standard output has: no end of them where it is no terminal. */
export function outputWidth(): number {
  return Deno.stdout.isTerminal() ? consoleWidth() : Infinity;
}

/** Where progress goes; tests give their own. */
export interface Terminal {
  write(text: string): void;
  /** Columns of text. */
  width(): number;
  /** Milliseconds. */
  now(): number;
}

/** Writes to standard error unless its terminal has gone: what is drawn there is worth no run. */
function draw(text: string): void {
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  } catch {
    // Closed: the signal that says so is on its way.
  }
}

/** Standard error, when it is a terminal. */
export function stderrTerminal(): Terminal | undefined {
  if (!Deno.stderr.isTerminal()) return undefined;
  return {
    write: draw,
    width: consoleWidth,
    now: () => performance.now(),
  };
}
