/**
 * A peer that runs in a process of its own and does one thing at a time: a
 * line of JSON asks, a line of JSON answers. The process times itself, so the
 * way there and back is in no sample.
 *
 * @module
 */

import { messageOf, RunError } from "../../errors.ts";
import { signalChild, spawnChild } from "../../package/child.ts";

type Json = Readonly<Record<string, unknown>>;

/** How to start a peer's process. */
export interface ProcessOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Something that a process holds ready to be timed. */
export interface Prepared {
  /** Does this many repetitions and returns the seconds they took. */
  readonly run: (repetitions: number) => Promise<number>;
  readonly close: () => Promise<void>;
}

/** A running peer. */
export class PeerProcess {
  readonly #name: string;
  readonly #child: Deno.ChildProcess;
  readonly #requests: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: ReadableStreamDefaultReader<string>;
  #pending = "";
  #prepared = 0;
  #facts: Json = {};

  private constructor(name: string, child: Deno.ChildProcess) {
    this.#name = name;
    this.#child = child;
    this.#requests = child.stdin.getWriter();
    this.#answers = child.stdout.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
      .getReader();
  }

  /** Starts it; undefined where there is no such command or it says that it lacks what it needs. */
  static async start({ name, command, args, env = {} }: ProcessOptions): Promise<PeerProcess | undefined> {
    let child;
    try {
      child = spawnChild(command, { args: [...args], env, stdin: "piped", stdout: "piped", stderr: "null" });
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
    const process = new PeerProcess(name, child);
    process.#facts = await process.#answer() ?? {};
    if (process.#facts.ready === true) return process;
    await process.close();
    return undefined;
  }

  /** What it said of itself when it was ready. */
  get facts(): Json {
    return this.#facts;
  }

  /** The next line; undefined when the process has ended. */
  async #answer(): Promise<Json | undefined> {
    for (;;) {
      const end = this.#pending.indexOf("\n");
      if (end >= 0) {
        const line = this.#pending.slice(0, end);
        this.#pending = this.#pending.slice(end + 1);
        return JSON.parse(line) as Json;
      }
      const { value, done } = await this.#answers.read();
      if (done) return undefined;
      this.#pending += value;
    }
  }

  /** Asks and awaits the answer. @throws {RunError} when the process reports an error or has ended. */
  async ask(request: Json): Promise<Json> {
    try {
      await this.#requests.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
    } catch (error) {
      throw new RunError(`${this.#name} ended: ${messageOf(error)}`);
    }
    const answer = await this.#answer();
    if (answer === undefined) throw new RunError(`${this.#name} ended without an answer`);
    if (answer.error !== undefined) throw new RunError(`${this.#name}: ${answer.error}`);
    return answer;
  }

  /** Asks for a number. @throws {RunError} as {@linkcode PeerProcess.ask}. */
  async askNumber(request: Json, key: string): Promise<number> {
    const value = (await this.ask(request))[key];
    if (typeof value !== "number") throw new RunError(`${this.#name}: an answer lacks "${key}"`);
    return value;
  }

  /** Has the process make ready what a request describes. */
  async prepare(request: Json): Promise<Prepared> {
    const id = ++this.#prepared;
    await this.ask({ command: "prepare", id, ...request });
    return {
      run: (repetitions) => this.askNumber({ command: "sample", id, repetitions }, "seconds"),
      close: async () => void await this.ask({ command: "release", id }),
    };
  }

  /** Ends the process and waits for its end. */
  async close(): Promise<void> {
    signalChild(this.#child, "SIGTERM");
    await this.#requests.abort().catch(() => {});
    await this.#answers.cancel();
    await this.#child.status;
  }
}
