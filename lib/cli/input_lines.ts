/**
 * The lines of standard input.
 *
 * @module
 */

/** Standard input, line by line, until it ends or is closed: nobody has to wait for a line that never comes. */
export class InputLines {
  #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
  #closed = false;

  /** The lines, without what ends them; once. */
  async *read(): AsyncGenerator<string> {
    if (this.#closed) return;
    const reader = this.#reader = Deno.stdin.readable.getReader(), decoder = new TextDecoder();
    let rest = "";
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      const lines = (rest + decoder.decode(chunk.value, { stream: true })).split("\n");
      rest = lines.pop()!;
      for (const line of lines) yield line.replace(/\r$/, "");
    }
    if (rest !== "" && !this.#closed) yield rest.replace(/\r$/, "");
  }

  /** Ends the lines. */
  close(): void {
    this.#closed = true;
    this.#reader?.cancel().catch(() => {});
  }

  /** Closes them at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }
}
