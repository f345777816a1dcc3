/** Runs the real command line as a subprocess with the permissions of its task. */

import { assert, assertEquals } from "@std/assert";
import { PERMISSIONS } from "../lib/package/permissions.ts";

/** The program. */
export const CLI = decodeURIComponent(new URL("../cli.ts", import.meta.url).pathname);

export { PERMISSIONS };

export interface EoqOptions {
  readonly permissions?: readonly string[];
  readonly env?: Record<string, string>;
  /** Working directory. */
  readonly cwd?: string;
}

function command(
  args: readonly string[],
  { permissions = PERMISSIONS, env = {}, cwd }: EoqOptions,
  stdin: "null" | "piped" = "null",
): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...permissions, CLI, ...args],
    env: { NO_COLOR: "1", ...env },
    ...(cwd !== undefined && { cwd }),
    stdin,
    stdout: "piped",
    stderr: "piped",
  });
}

/**
 * Runs `eoq` where no file can grow past so many KiB, as on a full disk.
 *
 * bash alone can set the limit and ignore the signal that comes with it.
 */
export async function eoqWithFileLimit(args: readonly string[], kibibytes: number): Promise<EoqOutput> {
  const words = ["run", "--quiet", ...PERMISSIONS, CLI, ...args];
  const script = `trap '' XFSZ; ulimit -f ${kibibytes}; exec "$@"`;
  const bash = new Deno.Command("bash", {
    args: ["-c", script, "bash", Deno.execPath(), ...words],
    env: { NO_COLOR: "1" },
    stdin: "null",
  });
  return decode(await bash.output());
}

export interface EoqOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function decode({ code, stdout, stderr }: Deno.CommandOutput): EoqOutput {
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/** Runs `eoq` to its end. */
export async function eoq(args: readonly string[], options: EoqOptions = {}): Promise<EoqOutput> {
  return decode(await command(args, options).output());
}

/** The same with a text on its standard input. */
export async function eoqFed(args: readonly string[], input: string, options: EoqOptions = {}): Promise<EoqOutput> {
  const child = command(args, options, "piped").spawn();
  const writer = child.stdin.getWriter();
  // A program that has refused its options does not read what it is given.
  await writer.write(new TextEncoder().encode(input)).then(() => writer.close()).catch(() => {});
  return decode(await child.output());
}

/** Runs `eoq` and sends it a signal as soon as `ready` holds. */
export async function eoqSignalled(
  args: readonly string[],
  signal: Deno.Signal,
  ready: () => boolean,
): Promise<EoqOutput> {
  const child = command(args, {}).spawn();
  const watch = setInterval(() => {
    if (!ready()) return;
    clearInterval(watch);
    child.kill(signal);
  }, 2);
  const output = await child.output();
  clearInterval(watch);
  return decode(output);
}

/** Asserts that a run was refused by one line that includes all the words. */
export function assertRefused({ code, stdout, stderr }: EoqOutput, expected: number, ...words: string[]): void {
  assertEquals([code, stdout], [expected, ""], stderr);
  assert(/^eoq: [^\n]+\n$/.test(stderr), `not one line: ${stderr}`);
  for (const word of words) assert(stderr.includes(word), `${stderr} does not name ${word}`);
}

/** A folder that is removed afterwards. */
export async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "eoq-test-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What stands on stderr before the one warning of a budget that is too small, with which a small run ends. */
export function beforeBudgetWarning(stderr: string): string {
  const [warning] = /eoq: warning: the budget is too small [^\n]+\n$/.exec(stderr) ?? [];
  assert(warning !== undefined, `no warning of the budget at the end: ${stderr}`);
  return stderr.slice(0, -warning.length);
}
