/**
 * Runs the tests in two processes at once: `deno run test/lanes.ts [paths]`.
 * Kernels keep their state in the library, so test files that share a process
 * cannot run at once; those of two processes can. Whichever process ends takes
 * the next files, fewer and fewer, so that both are busy to the end. The last
 * line counts the tests.
 *
 * @module
 */

import { stripAnsiCode } from "@std/fmt/colors";

/** Processes at once. */
const LANES = 2;

/** Folders whose tests take longest: they come first, so that what is left at the end is short. */
const LONGEST = ["test/mpi/", "test/pinned/", "test/export/", "test/exec/", "test/commands/", "test/bench/"];

/** Test files below paths, those of the longest folders first, each in an order of its own. */
export async function testFiles(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  const look = async (path: string): Promise<void> => {
    if ((await Deno.stat(path)).isFile) return void found.push(path);
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      if (isDirectory || name.endsWith("_test.ts")) await look(`${path}/${name}`);
    }
  };
  for (const path of paths) await look(path);
  const rank = (path: string) => LONGEST.findIndex((folder) => path.startsWith(folder)) + 1 || LONGEST.length + 1;
  return found.sort().sort((a, b) => rank(a) - rank(b));
}

/** How many files a process takes of so many that are left. */
const shareOf = (left: number) => Math.ceil(left / (8 * LANES));

/** Writes whole lines alone, so that those of two processes do not mix; what was written. */
async function passOn(stream: ReadableStream<Uint8Array>, to: typeof Deno.stdout): Promise<string> {
  const encoder = new TextEncoder();
  const write = (text: string) => {
    for (let bytes = encoder.encode(text); bytes.length > 0;) bytes = bytes.subarray(to.writeSync(bytes));
  };
  let line = "", all = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)) {
    all += part;
    const end = part.lastIndexOf("\n") + 1;
    if (end === 0) {
      line += part;
    } else {
      write(line + part.slice(0, end));
      line = part.slice(end);
    }
  }
  write(line);
  return all;
}

/** What `deno test` came to. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
}

/** What the closing line of `deno test` says. A run that failed without a failed test counts as one. */
export function countIn(text: string, code: number): Count {
  const closing = /^(?:ok|FAILED) \| (\d+) passed.* \| (\d+) failed/m.exec(stripAnsiCode(text));
  const [passed, failed] = [Number(closing?.[1] ?? 0), Number(closing?.[2] ?? 0)];
  const good = code === 0 && closing !== null;
  return { passed, failed: good ? failed : Math.max(1, failed) };
}

/** Runs `deno test` with these options on the files below paths, and counts the tests in a last line; the exit code. */
export async function runLanes(
  options: readonly string[],
  paths: readonly string[],
  env: Record<string, string> = {},
): Promise<number> {
  const files = await testFiles(paths), counts: Count[] = [];
  await Promise.all(Array.from({ length: LANES }, async () => {
    while (files.length > 0) {
      const args = ["test", ...options, ...files.splice(0, shareOf(files.length))];
      const child = new Deno.Command(Deno.execPath(), { args, env, stdout: "piped", stderr: "piped" }).spawn();
      const [text] = await Promise.all([passOn(child.stdout, Deno.stdout), passOn(child.stderr, Deno.stderr)]);
      counts.push(countIn(text, (await child.status).code));
    }
  }));
  const sum = (of: keyof Count) => counts.reduce((total, count) => total + count[of], 0);
  const passed = sum("passed"), failed = sum("failed");
  console.log(`${passed} passed, ${passed === 0 ? Math.max(1, failed) : failed} failed`);
  return passed > 0 && failed === 0 ? 0 : 1;
}

if (import.meta.main) {
  Deno.exit(await runLanes(["--no-prompt", "--no-check", "--allow-all"], Deno.args.length > 0 ? Deno.args : ["test"]));
}
