/**
 * Gives tests the kernel library of another processor: preloaded, it makes
 * `Deno.dlopen` start `$EOQ_DEVICE`, a command that runs server.c, and every C
 * function call it. So the tests of kernels and of training run as they are.
 *
 * @module
 */

import { symbolsBy } from "../../lib/native/functions.ts";
import { SYMBOLS } from "../../lib/native/symbols.ts";

const NAME_BYTES = 32;

/** A command that a shell runs, with a pipe to it and one from it. */
class Server {
  readonly #folder = Deno.makeTempDirSync();
  readonly #to: Deno.FsFile;
  readonly #from: Deno.FsFile;

  constructor(command: string) {
    const [input, output] = [`${this.#folder}/in`, `${this.#folder}/out`];
    // The shell ends at once and the server when its input does, so no test is left with a process.
    const script = `mkfifo in out && { ${command} <in >out & }`;
    const { code } = new Deno.Command("sh", {
      ...{ args: ["-c", script], cwd: this.#folder },
      ...{ stdin: "null", stdout: "null", stderr: "inherit" } as const,
    }).outputSync();
    if (code !== 0) throw new Error(`no server: ${command}`);
    this.#to = Deno.openSync(input, { write: true });
    this.#from = Deno.openSync(output);
  }

  write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) done += this.#to.writeSync(bytes.subarray(done));
  }

  read(to: Uint8Array): void {
    for (let done = 0; done < to.length;) {
      const count = this.#from.readSync(to.subarray(done));
      if (count === null) throw new Error("the server has ended");
      done += count;
    }
  }

  close(): void {
    this.#to.close();
    this.#from.close();
    Deno.removeSync(this.#folder, { recursive: true });
  }
}

/** Bytes of a call, as server.c takes them. */
function request(name: string, args: readonly unknown[], buffers: readonly boolean[]): Uint8Array {
  const head = new Uint8Array(NAME_BYTES + 4 + args.length);
  new TextEncoder().encodeInto(name, head);
  new DataView(head.buffer).setUint32(NAME_BYTES, args.length, true);
  head.set(buffers.map(Number), NAME_BYTES + 4);
  const parts: Uint8Array[] = [head];
  args.forEach((value, i) => {
    const bytes = value instanceof Uint8Array ? value : undefined;
    const number = buffers[i] ? bytes?.byteLength ?? -1 : value as number | bigint;
    parts.push(new Uint8Array(BigInt64Array.of(BigInt(number)).buffer));
    if (bytes !== undefined) parts.push(bytes);
  });
  const whole = new Uint8Array(parts.reduce((sum, each) => sum + each.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function open(command: string) {
  const server = new Server(command);
  const symbols = symbolsBy((name, args) => {
    const buffers = SYMBOLS[name].parameters.map((type) => type === "buffer");
    server.write(request(name, args, buffers));
    const status = new Int32Array(1);
    server.read(new Uint8Array(status.buffer));
    for (const value of args) if (value instanceof Uint8Array) server.read(value);
    return status[0]!;
  });
  return { symbols, close: () => server.close() };
}

const command = Deno.env.get("EOQ_DEVICE");
if (command === undefined) throw new Error("EOQ_DEVICE names no command");
Object.defineProperty(Deno, "dlopen", { value: () => open(command) });
