/**
 * Runs the tests in two processes at once, each with every other file:
 * `deno run test/lanes.ts [paths]`. Kernels keep their state in the library, so
 * test files that share a process cannot run at once; those of two processes
 * can.
 *
 * @module
 */

/** Processes. */
export const LANES = 2;

/** Test files below paths, in an order of their own. */
export async function testFiles(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  const look = async (path: string): Promise<void> => {
    if ((await Deno.stat(path)).isFile) return void found.push(path);
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      if (isDirectory || name.endsWith("_test.ts")) await look(`${path}/${name}`);
    }
  };
  for (const path of paths) await look(path);
  return found.sort();
}

/** Writes whole lines alone, so that those of two processes do not mix. */
async function passOn(stream: ReadableStream<Uint8Array>, to: typeof Deno.stdout): Promise<void> {
  const encoder = new TextEncoder();
  const write = (text: string) => {
    for (let bytes = encoder.encode(text); bytes.length > 0;) bytes = bytes.subarray(to.writeSync(bytes));
  };
  let line = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)) {
    const end = part.lastIndexOf("\n") + 1;
    if (end === 0) {
      line += part;
    } else {
      write(line + part.slice(0, end));
      line = part.slice(end);
    }
  }
  write(line);
}

/** Runs `deno test` with these options on the files below paths; the first exit code that is not 0. */
export async function runLanes(
  options: readonly string[],
  paths: readonly string[],
  env: Record<string, string> = {},
): Promise<number> {
  const files = await testFiles(paths);
  const codes = await Promise.all(Array.from({ length: LANES }, async (_, lane) => {
    const own = files.filter((_, i) => i % LANES === lane);
    const args = ["test", ...options, ...own];
    const child = new Deno.Command(Deno.execPath(), { args, env, stdout: "piped", stderr: "piped" }).spawn();
    await Promise.all([passOn(child.stdout, Deno.stdout), passOn(child.stderr, Deno.stderr)]);
    return (await child.status).code;
  }));
  return codes.find((code) => code !== 0) ?? 0;
}

if (import.meta.main) {
  Deno.exit(await runLanes(["--no-prompt", "--allow-all"], Deno.args.length > 0 ? Deno.args : ["test"]));
}
