/**
 * Runs the command line of eoq as a process of its own.
 *
 * @module
 */

import { RunError } from "../errors.ts";
import { runModule, signalChild, spawnChild } from "../package/child.ts";
import { PERMISSIONS } from "../package/permissions.ts";
import { parseLogLine } from "../train/log.ts";

/** How a process ended. */
export interface ChildOutcome {
  readonly code: number;
  /** What it said last on stderr. */
  readonly message: string;
}

/**
 * Runs `eoq` with these arguments and `--log` among them.
 *
 * @param signal Interrupts it as Ctrl-C does.
 * @param onProgress Told the share of the training that is done.
 * @throws {RunError} when there is no `deno` on the path.
 */
export async function runEoq(
  args: readonly string[],
  signal: AbortSignal,
  onProgress: (share: number) => void,
): Promise<ChildOutcome> {
  const child = spawn([...runModule("cli.ts", PERMISSIONS), ...args]);
  const interrupt = () => signalChild(child, "SIGINT");
  signal.addEventListener("abort", interrupt);
  try {
    const last = await readLog(child.stderr, onProgress);
    const { code, signal: killedBy } = await child.status;
    return { code, message: killedBy === null ? last : `killed by ${killedBy}` };
  } finally {
    signal.removeEventListener("abort", interrupt);
  }
}

function spawn(args: string[]): Deno.ChildProcess {
  try {
    return spawnChild("deno", { args, stdin: "null", stdout: "null", stderr: "piped" });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new RunError("deno is not on the path");
    throw error;
  }
}

/** Reads lines to the end; returns the last that is not one of progress, without the program's name. */
async function readLog(stream: ReadableStream<Uint8Array>, onProgress: (share: number) => void): Promise<string> {
  let rest = "";
  let last = "it said nothing";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const share = parseLogLine(line);
      if (share === undefined) last = line.replace(/^eoq: /, "");
      else onProgress(share);
    }
  }
  return last;
}
